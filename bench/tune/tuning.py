"""Tunes a subject: looks at what is there, searches, plays the guarantees, and makes the whole record."""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bench.processes.subject import Subject
from bench.records.margin import DEFAULT_MARGIN
from bench.records.tune import PromiseRecord, Setting, TuneLine, TuneRecord
from bench.records.workload import Workload
from bench.text.numbers import ratio_figure
from bench.tune.candidates import Asked, Choice, LeftOut, candidates, read_fixed
from bench.tune.fragment import fragment
from bench.tune.goal import Goal
from bench.tune.outcome import tuned
from bench.tune.present import Present, look_at_present
from bench.tune.promises import Played, Promise, touched, untold
from bench.tune.question import question_about
from bench.tune.search import Began, Measure
from bench.tune.variant import candidate_subject, maker
from brokers.errors import BrokerbenchError, UsageError
from brokers.outside import safe_line, safe_values
from brokers.protocol import Tier
from brokers.workspace import Workspace

__all__ = ["PROMISES_S", "Play", "Prepared", "Tuning", "prepare", "price_of", "tune"]

_WIDTH = 76  # of a comment
PROMISES_S = 90.0
"""At most about this long, guarantees are played after the search."""

Play = Callable[[Present, Subject, Mapping[str, Any]], Played]
"""Plays the guarantees that settings can change, as ``bench.tune.promises.play_promises`` does."""


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What the user asks for: what to tune, for what, and within which limits.

    ``only`` are the names to try, all if there are none, and ``fixes`` are ``NAME=VALUE``, held everywhere.
    """

    subject: Subject
    workload: Workload
    goal: Goal
    budget_s: float
    seed: int
    keep: Tier = "durable"
    only: Sequence[str] = ()
    fixes: Sequence[str] = ()
    margin: float = DEFAULT_MARGIN

    def check(self) -> None:
        """Raise UsageError if that cannot be tuned as it is."""
        if self.workload.sweep:
            raise UsageError(f"the workload {self.workload.name!r} varies something: tune with one that does not")
        if not self.subject.broker.spans_processes:
            raise UsageError(f"{self.subject.broker.name} lives in one process, so it has nothing to tune")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What there is before the search: the subject with what is ``fixed``, and what to try."""

    tuning: Tuning
    present: Present
    fixed: Mapping[str, Any]
    choice: Choice

    def check(self) -> None:
        """Raise UsageError if there is nothing to try."""
        if not self.choice.candidates:
            raise UsageError(f"nothing is left to try on {self.present.subject.label}: --list shows why")

    @property
    def touches(self) -> bool:
        """Return whether anything to try can change a guarantee."""
        return bool(touched({one.name: one.value for one in self.choice.candidates}, self.present.tunables))


def price_of(subject: Subject) -> float | None:
    """Return what a million requests cost, in dollars; None where nobody charges for them."""
    return subject.broker.dollars_per_million(subject.profile)


def prepare(tuning: Tuning, workspace: Workspace) -> Prepared:
    """Look at the subject, and choose what to try. Measures nothing.

    Raises UsageError if the request makes no sense, and SubjectFailed if a user's app cannot be imported.
    """
    tuning.check()
    present = look_at_present(tuning.subject, tuning.workload, workspace)
    fixed = read_fixed(tuning.fixes, present)
    if fixed:
        base = candidate_subject(present.subject, present.complete(fixed), present.subject.label, present.workload)
        present = replace(present, subject=base)
    goals = {part.name for part in tuning.goal.parts}
    asked = Asked(goals=goals, only=tuning.only, fixed=fixed, keep=tuning.keep)
    return Prepared(tuning=tuning, present=present, fixed=fixed, choice=candidates(present, asked))


def tune(
    prepared: Prepared, measure: Measure, play: Play, *, tell: Callable[[str], object], began: Began = lambda *_: None
) -> TuneRecord:
    """Search, confirm, and play the guarantees that the settings found can change.

    ``measure`` measures a comparison, ``tell`` hears what is done meanwhile. An interrupt keeps what was measured.
    Raises UsageError if there is nothing to try, and BrokerUnavailable if the subject cannot be measured at all.
    """
    making = _Making(prepared)
    choice = making.without_what_fails(prepared.choice, tell)
    replace(prepared, choice=choice).check()
    tuning, present = prepared.tuning, prepared.present
    question = question_about(
        present, choice, tuning.goal, margin=tuning.margin, budget_s=tuning.budget_s, seed=tuning.seed
    )
    found = tuned(replace(question, make=making), measure, began=began)
    held = [Setting(name=name, value=safe_values(value, name)) for name, value in prepared.fixed.items()]
    found = found.model_copy(update={"keep": tuning.keep, "held": held})
    return _with_promises(_with_fragment(found, present), prepared, making, play)


@dataclass
class _Making:
    """Makes the subject with settings, each only once: an environment takes seconds to resolve."""

    prepared: Prepared
    _made: dict[str, Subject] = field(default_factory=dict)

    def __call__(self, base: Subject, settings: Mapping[str, Any], label: str) -> Subject:
        if label not in self._made:
            self._made[label] = maker(self.prepared.present)(base, settings, label)
        return self._made[label]

    def without_what_fails(self, choice: Choice, tell: Callable[[str], object]) -> Choice:
        """Return the choice without packages whose environment cannot be made."""
        kept, left_out = list(choice.candidates), list(choice.left_out)
        for one in choice.candidates:
            if one.tunable.requirement:
                tell(f"making an environment with {one.tunable.requirement}")
                try:
                    maker(self.prepared.present)(self.prepared.present.subject, {one.name: one.value}, str(one))
                except BrokerbenchError as error:
                    kept.remove(one)
                    left_out.append(LeftOut(name=one.name, value=one.value, why=error.format_message()))
        return Choice(candidates=kept, left_out=left_out)


def _settings(found: TuneRecord) -> dict[str, Any]:
    return {line.setting.name: line.setting.value for line in found.lines}


def _with_fragment(found: TuneRecord, present: Present) -> TuneRecord:
    """Return the record with the lines to add, where there are settings that help."""
    if not found.lines:
        return found
    contributes = {line.setting.name: _contribution(line, found) for line in found.lines}
    lines = fragment(_settings(found), contributes, present)
    return found.model_copy(
        update={"fragment": lines.celery, "server_lines": lines.server, "server_file": lines.server_file}
    )


def _contribution(line: TuneLine, found: TuneRecord) -> str:
    """Return what a line contributes, in words: ``measured: 1.99x (1.39 to 2.85) as good with it as without it``."""
    gain = line.contribution
    if gain is None:
        return ""
    if not gain.is_certain:
        return "what it contributes by itself is not certain"
    goal = " and ".join(part.name for part in found.goal.parts)
    verb = "is" if len(found.goal.parts) == 1 else "are together"
    return f"measured: {goal} {verb} {ratio_figure(gain)} as good with it as without it"


def _with_promises(found: TuneRecord, prepared: Prepared, making: _Making, play: Play) -> TuneRecord:
    """Return the record with the guarantees that were played before and after."""
    settings = _settings(found)
    names = touched(settings, prepared.present.tunables)
    if not names:
        return _promised(found, Played(promises=[], notes=list(untold(settings))))
    try:
        played = play(prepared.present, making(prepared.present.subject, settings, "tuned"), settings)
    except KeyboardInterrupt:
        left = [Promise(fault=name, verdict="not played", why="it was interrupted") for name in names]
        return _promised(found.model_copy(update={"status": "interrupted"}), Played(promises=left, notes=[]))
    if played.interrupted:
        found = found.model_copy(update={"status": "interrupted"})
    return _promised(found, played)


def _promised(found: TuneRecord, played: Played) -> TuneRecord:
    records = [
        PromiseRecord(fault=one.fault, verdict=one.verdict, before=one.before, after=one.after, why=one.why)
        for one in played.promises
    ]
    lines = "".join(_trades(played.promises)) + found.fragment if found.fragment else ""
    return found.model_copy(
        update={"promises": records, "warnings": [*found.warnings, *played.notes], "fragment": lines}
    )


def _trades(promises: Sequence[Promise]) -> Iterator[str]:
    """Yield comments that name what these settings trade away, to stand above the lines."""
    for one in promises:
        if one.verdict == "traded":
            text = safe_line(f"These settings trade a guarantee away, {one.fault}: {one.after}; today: {one.before}.")
            yield from (f"# {line}\n" for line in textwrap.wrap(text, _WIDTH))
