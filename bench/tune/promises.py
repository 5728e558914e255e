"""Plays the guarantees that settings can change, with the present settings and with the new ones, and compares them.

``bench.guarantees`` plays them. What happens in a cell is partly chance, so a fault that turned out differently is
played again, as far as there is time.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bench.guarantees.fault import Fault
from bench.guarantees.faults import catalogue
from bench.guarantees.matrix_plan import LANES, MatrixPlan
from bench.guarantees.paying import paid_service
from bench.guarantees.run import Watcher, measure
from bench.processes.subject import Subject
from bench.records.matrix import AttemptRecord, Cell, Matrix
from bench.records.workload import Workload
from bench.text.numbers import plural
from bench.tune.present import Present
from brokers.errors import BrokerbenchError
from brokers.tunable import Tunable

__all__ = ["Played", "Promise", "Verdict", "compared", "play_promises", "touched", "untold"]

Verdict = Literal["kept", "traded", "better", "unclear", "not played"]
Play = Callable[[MatrixPlan, Callable[[Matrix], None], Watcher], Matrix]
_SHARE_OF_ATTEMPT = 0.5  # of a cell's typical time, which is that of several attempts
_BOOT_S = 10.0
_MORE_ATTEMPTS = 2  # where the first one turned out differently
_NOT_PREFORK = "faults run with a pool and a concurrency of their own, so they do not show what others change"
_NO_POWER = "a fault kills the server and not the machine, so what a failure of the machine loses is not shown"
_BEFORE, _AFTER = "present", "tuned"


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A fault with the present settings and with the new ones.

    ``traded``: with the new ones, tasks are lost, repeated or run uninvited, a worker stops, or a promise is broken in
    each attempt, and with the present ones in none. ``better`` is the reverse; ``unclear``, if it happened in some
    attempts alone, or if nothing is promised here and only what was found tells a difference. ``before`` and ``after``
    are what was found, in words; ``why`` is why it is unclear or was not played.
    """

    fault: str
    verdict: Verdict
    before: str = ""
    after: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Played:
    """The promises, in the order of their faults, and sentences on what no fault can show.

    If it was ``interrupted``, those that were played until then are among them.
    """

    promises: list[Promise]
    notes: list[str]
    interrupted: bool = False


def touched(settings: Mapping[str, Any], tunables: Mapping[str, Tunable]) -> list[str]:
    """Return the names of the faults that these settings can change, those that most settings touch first.

    A fault that chooses a setting itself does not depend on it.
    """
    counts: dict[str, int] = {}
    known = catalogue()
    for name in settings:
        for fault in tunables[name].touches if name in tunables else ():
            if not _chooses(known[fault], name):
                counts[fault] = counts.get(fault, 0) + 1
    return sorted(counts, key=lambda fault: -counts[fault])


def play_promises(
    present: Present,
    after: Subject,
    settings: Mapping[str, Any],
    budget_s: float,
    watcher: Watcher,
    play: Play = measure,
) -> Played:
    """Play what these settings can change, in about ``budget_s`` seconds; what has no time is named, too.

    ``after`` is the present subject with these ``settings``, which have dotted names. Raises KeyboardInterrupt if the
    user interrupts it before anything was attempted.
    """
    begin_s, before, names = time.monotonic(), present.subject, touched(settings, present.tunables)
    notes = list(untold(settings))
    if why := paid_service(before):
        return Played(promises=[_not_played(name, why) for name in names], notes=notes)
    run = _Run([replace(before, label=_BEFORE), replace(after, label=_AFTER)], present.workload, watcher, play)
    faults, late = _that_fit([catalogue()[name] for name in names], budget_s, attempts=1)
    run.attempt(faults, repeats=1)
    found = {fault.name: run.promise(fault.name) for fault in faults}
    differing = [fault for fault in faults if found[fault.name].verdict in ("traded", "better")]
    again, _ = _that_fit(differing, budget_s - (time.monotonic() - begin_s), attempts=_MORE_ATTEMPTS)
    run.attempt(again, repeats=_MORE_ATTEMPTS)
    found |= {fault.name: run.promise(fault.name) for fault in again}
    missing = {fault.name: _not_played(fault.name, f"it takes about {_needed_s([fault], 1):.0f} s") for fault in late}
    whole = found | missing
    return Played(promises=[whole[name] for name in names], notes=notes, interrupted=run.interrupted)


def compared(fault: Fault, before: Sequence[AttemptRecord], after: Sequence[AttemptRecord]) -> Promise:
    """Compare the attempts at a fault; there is at least one of each."""
    then, now = [set(_harms(one)) for one in before], [set(_harms(one)) for one in after]
    worse, better = _only_in(now, then), _only_in(then, now)
    verdict: Verdict = "kept"
    why = _why_unclear(fault, before, after)
    if _in_each(worse, now):
        verdict, why = "traded", ""
    elif worse:
        verdict, why = "unclear", "it did not happen in each attempt"
    elif why:
        verdict = "unclear"
    elif _in_each(better, then):
        verdict = "better"
    words = {"before": _in_words(fault, before), "after": _in_words(fault, after)}
    return Promise(fault=fault.name, verdict=verdict, why=why, **words)


def _why_unclear(fault: Fault, before: Sequence[AttemptRecord], after: Sequence[AttemptRecord]) -> str:
    """Return why attempts without a difference do not show that there is none; empty if they do."""
    if fault.promised:
        untested = next((one for one in (*before, *after) if one.outcome == "shown"), None)
        return f"an attempt showed nothing: {untested.finding}" if untested else ""
    differs = {one.finding for one in before} != {one.finding for one in after}
    return "nothing is promised here, and what was found differs" if differs else ""


def _in_each(harms: set[str], attempts: Sequence[set[str]]) -> bool:
    """Return True if one of these harms is in every attempt."""
    return any(all(harm in one for one in attempts) for harm in harms)


@dataclass
class _Run:
    """The attempts at each fault, by fault and subject, and why there are none."""

    subjects: list[Subject]
    workload: Workload
    watcher: Watcher
    play: Play

    def __post_init__(self) -> None:
        self.attempts: dict[tuple[str, str], list[AttemptRecord]] = {}
        self.why: dict[str, str] = {}
        self.interrupted = False

    def attempt(self, faults: list[Fault], repeats: int) -> None:
        """Attempt these faults on both subjects that many times more, unless it was interrupted."""
        if not faults or self.interrupted:
            return
        workload = self.workload.model_copy(update={"name": "guarantees", "sweep": {}})
        plan = MatrixPlan(subjects=self.subjects, faults=faults, workload=workload, repeats=repeats)
        try:
            matrix = self.play(plan, lambda _: None, self.watcher)
        except BrokerbenchError as error:
            self.why |= {fault.name: error.format_message() for fault in faults}
            return
        self.interrupted = matrix.status == "interrupted"
        for cell in matrix.cells:
            self._take(cell)

    def _take(self, cell: Cell) -> None:
        self.attempts.setdefault((cell.fault, cell.subject), []).extend(cell.attempts)
        if cell.outcome == "not run":
            self.why.setdefault(cell.fault, f"with the {cell.subject} settings: {cell.why}")

    def promise(self, fault: str) -> Promise:
        """Return what was found about a fault."""
        if fault in self.why:
            return _not_played(fault, self.why[fault])
        before, after = self.attempts.get((fault, _BEFORE), []), self.attempts.get((fault, _AFTER), [])
        if not before or not after:
            return _not_played(fault, "it was interrupted")
        return compared(catalogue()[fault], before, after)


def _chooses(fault: Fault, name: str) -> bool:
    """Return True if a fault sets what has this dotted name."""
    found: Any = fault.settings
    for step in name.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return False
        found = found[step]
    return True


def _that_fit(faults: Sequence[Fault], budget_s: float, attempts: int) -> tuple[list[Fault], list[Fault]]:
    """Return the faults that fit into the time together, taken in order, and the others."""
    chosen, late = list[Fault](), list[Fault]()
    for fault in faults:
        (chosen if _needed_s([*chosen, fault], attempts) <= budget_s else late).append(fault)
    return chosen, late


def _needed_s(faults: Sequence[Fault], attempts: int) -> float:
    """Return about how long both subjects take; those that break a server wait for each other."""
    times = [attempts * _SHARE_OF_ATTEMPT * fault.typical_s for fault in faults]
    in_one_row = sum(time_s for time_s, fault in zip(times, faults, strict=True) if fault.breaks == "server")
    return _BOOT_S + max(in_one_row, *times, 2 * sum(times) / LANES)


def _harms(attempt: AttemptRecord) -> Iterator[str]:
    """Yield what went wrong in an attempt."""
    found = {
        "lost": attempt.lost,
        "repeated": attempt.duplicated,
        "uninvited": attempt.uninvited,
        "stopped": attempt.stopped,
    }
    yield from (harm for harm, happened in found.items() if happened)
    if attempt.outcome == "broken":
        yield "broken"


def _only_in(these: Sequence[set[str]], those: Sequence[set[str]]) -> set[str]:
    return set().union(*these) - set().union(*those)


def _in_words(fault: Fault, attempts: Sequence[AttemptRecord]) -> str:
    """Return what was found, with the number of attempts: ``lost 2 tasks in 1 of 3 attempts``."""
    counts = {
        "lost": [len(one.lost) for one in attempts],
        "repeated": [len(one.duplicated) for one in attempts],
        "ran uninvited": [len(one.uninvited) for one in attempts],
    }
    parts = [
        f"{plural(max(found), 'task')} {harm} in {sum(map(bool, found))} of {plural(len(attempts), 'attempt')}"
        for harm, found in counts.items()
        if any(found)
    ]
    if stops := sum(one.stopped for one in attempts):
        parts.append(f"the worker stopped in {stops} of {plural(len(attempts), 'attempt')}")
    if not parts and (broken := [one for one in attempts if one.outcome == "broken"]):
        parts.append(f"{broken[0].finding} in {len(broken)} of {plural(len(attempts), 'attempt')}")
    if not fault.promised:
        parts += dict.fromkeys(one.finding for one in attempts if one.finding)
    return "; ".join(parts) or f"nothing lost or repeated in {plural(len(attempts), 'attempt')}"


def _not_played(fault: str, why: str) -> Promise:
    return Promise(fault=fault, verdict="not played", why=why)


def untold(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence on each thing that these settings may change and that no fault can show."""
    if "pool" in settings or "concurrency" in settings:
        yield _NOT_PREFORK
    if any(name.startswith("server.") for name in settings):
        yield _NO_POWER
