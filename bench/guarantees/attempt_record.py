"""Makes the record of an attempt: what happened to its tasks, and its timeline."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sized

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Observation
from bench.guarantees.ledger import LIMITS, Event, Ledger
from bench.records.matrix import AttemptRecord, Moment, Outcome
from bench.subject.recorder import (
    ACK_BEGUN,
    ACKED,
    CALLED,
    DUE,
    ENTERED,
    EXPIRED,
    FINISHED,
    PUBLISHED,
    RECEIVED,
    REFUSED,
    SERIALISED,
    SOFT_LIMITED,
    STARTED,
    TIME_LIMITED,
    UNSENT,
)
from bench.text.limits import limit_named, own_limit

__all__ = ["limits_in_words", "record_of"]

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
    TIME_LIMITED: "killed at its time limit",
    SOFT_LIMITED: "asked to end at its soft time limit",
    EXPIRED: "discarded as expired",
    ENTERED: "begun",
    UNSENT: "not sent",
    DUE: "expires at the broker, if still there",
}


def record_of(attempt: Attempt, finding: Observation | None, *, promised: bool) -> AttemptRecord:
    """Return the record of what happened; unless it is ``promised``, it is shown and not judged."""
    ledger, finding = attempt.ledger(), finding or Observation("")
    back_ns = ledger.back_ns(attempt.fault_ns) if attempt.fault_ns else None
    late = ledger.late(attempt.fault_ns, _redelivered_ns(attempt)) if attempt.fault_ns else set()
    return AttemptRecord(
        outcome=_outcome(attempt, ledger, finding, promised=promised),
        finding="; ".join(filter(None, _findings(attempt, ledger, finding))),
        sent=len(ledger.accepted),
        refused=len(ledger.refused),
        unanswered=len(ledger.unanswered),
        finished=len(ledger.finished),
        lost=_places(attempt, ledger.lost),
        duplicated=_places(attempt, ledger.duplicated),
        uninvited=_places(attempt, ledger.uninvited),
        limited=_places(attempt, ledger.limited),
        unknown=_places(attempt, ledger.unknown),
        late=_places(attempt, late),
        back_s=None if back_ns is None else back_ns / 1e9,
        recovered_s=attempt.recovered_s,
        stopped=attempt.stopped,
        figures=finding.figures,
        moments=_moments(attempt, ledger),
    )


def _findings(attempt: Attempt, ledger: Ledger, finding: Observation) -> Iterator[str]:
    yield finding.words
    yield from limits_in_words(attempt, ledger)
    if _over_too_soon(attempt, ledger):
        yield "the task was over before the fault, so this shows nothing about it"
    yield attempt.why_stopped


def _redelivered_ns(attempt: Attempt) -> int:
    """Return by when every task should be back: the time of a redelivery after the fault ended."""
    return (attempt.healed_ns or attempt.fault_ns or 0) + round(attempt.redelivery_s * 1e9)


def _outcome(attempt: Attempt, ledger: Ledger, finding: Observation, *, promised: bool) -> Outcome:
    if finding.kept is not None and (finding.kept or not (ledger.limited or ledger.unknown)):
        return "kept" if finding.kept else "broken"
    if not promised:
        return "shown"
    if attempt.stopped:
        return "broken"
    if ledger.lost:
        return "broken" if attempt.scene.subject.profile.tier == "durable" else "allowed"
    unclear = ledger.unknown or _over_too_soon(attempt, ledger)
    return "kept" if finding.kept is None and finding.tested and not unclear else "shown"


def _over_too_soon(attempt: Attempt, ledger: Ledger) -> set[int]:
    """Return the tasks that should have been running when the fault began, and were over."""
    return {number for number in attempt.at_work if ledger.was_over(number, attempt.fault_ns or attempt.begin_ns)}


def limits_in_words(attempt: Attempt, ledger: Ledger) -> Iterator[str]:
    """Yield which limits of the user's own ended tasks, by the workers' own records."""
    ended: dict[str, list[int]] = defaultdict(list)
    for number, event in ledger.limited.items():
        ended[LIMITS[event.kind]].append(number)
    for kind, numbers in ended.items():
        limit = limit_named(attempt.scene.limits(), kind)
        named = own_limit(limit) if limit else f"a {kind} that apply_async was given"
        yield f"{named} ended {_tasks(numbers)}"
    if ledger.unsent:
        yield f"{_tasks(ledger.unsent)} {'was' if len(ledger.unsent) == 1 else 'were'} never sent: {_dropping(attempt)}"
    if ledger.unknown:
        yield f"{_tasks(ledger.unknown)} expired at the broker or got lost there: it keeps no record of either"
    if ledger.not_again:
        yield f"{_tasks(ledger.not_again)} came back after the end, and did not run again: expired"


def _dropping(attempt: Attempt) -> str:
    around = [own_limit(one) for one in attempt.scene.limits() if one.kind == "call"]
    return f"{', '.join(around) or 'code around the call'} dropped the call"


def _tasks(numbers: Sized) -> str:
    return "1 task" if len(numbers) == 1 else f"{len(numbers)} tasks"


def _places(attempt: Attempt, numbers: Iterable[int]) -> list[int]:
    return sorted(number - attempt.first for number in numbers)


def _moments(attempt: Attempt, ledger: Ledger) -> list[Moment]:
    moments = [(at_ns, Moment(at_s=_at_s(attempt, at_ns), what=text)) for at_ns, text in attempt.notes]
    moments += [(event.at_ns, _moment(attempt, event)) for event in ledger.events]
    return [moment for _, moment in sorted(moments, key=lambda pair: pair[0])]


def _moment(attempt: Attempt, event: Event) -> Moment:
    return Moment(
        at_s=_at_s(attempt, event.at_ns),
        what=_WORDS[event.kind],
        task=event.number - attempt.first,
        process=attempt.scene.names.of(event.pid),
    )


def _at_s(attempt: Attempt, at_ns: int) -> float:
    return round((at_ns - attempt.begin_ns) / 1e9, 4)
