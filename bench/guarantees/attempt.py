"""Makes the record of a trial: what came of its tasks, and its timeline."""

from collections.abc import Iterable

from bench.guarantees.fault import Finding
from bench.guarantees.ledger import Event, Ledger
from bench.guarantees.trial import Trial
from bench.records.matrix import Attempt, Moment, Outcome
from bench.subject.recorder import (
    ACK_BEGUN,
    ACKED,
    CALLED,
    FINISHED,
    PUBLISHED,
    RECEIVED,
    REFUSED,
    SERIALISED,
    STARTED,
)

__all__ = ["attempt_of"]

_WORDS = {
    CALLED: "apply_async is called",
    SERIALISED: "serialised",
    PUBLISHED: "accepted",
    REFUSED: "refused",
    RECEIVED: "received",
    STARTED: "starts",
    FINISHED: "finishes",
    ACK_BEGUN: "acknowledging",
    ACKED: "acknowledged",
}


def attempt_of(trial: Trial, finding: Finding | None) -> Attempt:
    """Give the record of what happened."""
    ledger, finding = trial.ledger(), finding or Finding("")
    back_ns = ledger.back_ns(trial.fault_ns) if trial.fault_ns else None
    late = ledger.late(trial.fault_ns, _redelivered_ns(trial)) if trial.fault_ns else set()
    return Attempt(
        outcome=_outcome(trial, ledger, finding),
        finding="; ".join(filter(None, (finding.words, trial.why_stopped))),
        sent=len(ledger.accepted),
        refused=len(ledger.refused),
        unanswered=len(ledger.unanswered),
        finished=len(ledger.finished),
        lost=_places(trial, ledger.lost),
        duplicated=_places(trial, ledger.duplicated),
        uninvited=_places(trial, ledger.uninvited),
        late=_places(trial, late),
        back_s=None if back_ns is None else back_ns / 1e9,
        recovered_s=trial.recovered_s,
        stopped=trial.stopped,
        figures=finding.figures,
        moments=_moments(trial, ledger),
    )


def _redelivered_ns(trial: Trial) -> int:
    """Say by when every task should be back: the time of a redelivery after the fault was over."""
    return (trial.healed_ns or trial.fault_ns or 0) + round(trial.redelivery_s * 1e9)


def _outcome(trial: Trial, ledger: Ledger, finding: Finding) -> Outcome:
    if finding.kept is not None:
        return "kept" if finding.kept else "broken"
    if not trial.scene.fault.promised:
        return "shown"
    if trial.stopped:
        return "broken"
    if ledger.lost:
        return "broken" if trial.scene.subject.profile.tier == "durable" else "allowed"
    return "kept"


def _places(trial: Trial, numbers: Iterable[int]) -> list[int]:
    return sorted(number - trial.first for number in numbers)


def _moments(trial: Trial, ledger: Ledger) -> list[Moment]:
    told = [(at_ns, Moment(at_s=_at_s(trial, at_ns), what=text)) for at_ns, text in trial.notes]
    told += [(event.at_ns, _moment(trial, event)) for event in ledger.events]
    return [moment for _, moment in sorted(told, key=lambda pair: pair[0])]


def _moment(trial: Trial, event: Event) -> Moment:
    return Moment(
        at_s=_at_s(trial, event.at_ns),
        what=_WORDS[event.kind],
        task=event.number - trial.first,
        process=trial.scene.name_of(event.pid),
    )


def _at_s(trial: Trial, at_ns: int) -> float:
    return round((at_ns - trial.begin_ns) / 1e9, 4)
