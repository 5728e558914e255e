"""Describes an attempt in words and in time order; an event of many tasks takes one line."""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass

from bench.records.matrix import AttemptRecord, Moment
from bench.report.guarantees.words import tasks_named
from bench.text.cleaning import clean

__all__ = ["VERBS", "Happening", "endings", "timeline"]

VERBS = {
    "apply_async is called": "apply_async is called{again} for {tasks}{by}",
    "serialised": "{tasks} {are} serialised{again}",
    "accepted": "{tasks} {are} accepted{again}{by}",
    "refused": "{tasks} {are} refused{again}: apply_async raises{by}",
    "received": "{tasks} {are} received{again} by {process}",
    "starts": "{tasks} start{s}{again} in {process}",
    "finishes": "{tasks} finish{es}{again} in {process}",
    "acknowledging": "{process} begins to acknowledge {tasks}{again}",
    "acknowledged": "{tasks} {are} acknowledged{again} by {process}",
    "killed at its time limit": "{process} kills {tasks}{again} at your time limit",
    "asked to end at its soft time limit": "{process} asks {tasks} to end{again} at your soft time limit",
    "begun": "{process} begins {tasks}{again}",
    "not sent": "{tasks} {are} not sent{again}, although apply_async returns{by}",
    "expires at the broker, if still there": "{tasks} expire{s}{again} at the broker, if still there",
    "discarded as expired": "{process} discards {tasks}{again} as expired",
}
"""The sentence for each kind of moment, for one task or several."""
_ORDINARY_CALL_S = 1.0
_SPREAD_S = 0.1
_LIST_WORDS = {
    "lost": ("it is lost", "they are lost"),
    "duplicated": ("it ran more often than it should", "they ran more often than they should"),
    "uninvited": ("it ran although it was not accepted", "they ran although they were not accepted"),
    "late": ("it came later than a redelivery should", "they came later than a redelivery should"),
    "limited": ("your own limit ended it", "your own limits ended them"),
    "unknown": ("it expired at the broker or was lost", "they expired at the broker or were lost"),
}
"""The lists of tasks in an attempt, and the phrase for one task and for several."""
_LISTS = tuple(_LIST_WORDS)


@dataclass(frozen=True)
class Happening:
    """One line of a timeline. An action is what the harness did; the rest happened to tasks."""

    at_s: float
    text: str
    action: bool = False


@dataclass(frozen=True)
class _Alike:
    """What all moments in one line have in common; ``times`` counts how often it has happened to the task."""

    actions: int
    lists: tuple[str, ...]
    what: str
    process: str
    times: int


def timeline(attempt: AttemptRecord) -> list[Happening]:
    """Return an attempt's lines. Between two actions, tasks in the same lists share a line for the same event."""
    lines, alike = list[Happening](), defaultdict[_Alike, list[Moment]](list)
    is_shown, seen, lists = _Shown(attempt), Counter[tuple[int, str]](), _lists(attempt)
    for moment in attempt.moments:
        if moment.task is None:
            lines.append(Happening(moment.at_s, clean(moment.what), action=True))
        elif is_shown(moment):
            seen[moment.task, moment.what] += 1
            times = seen[moment.task, moment.what]
            key = _Alike(len(lines), lists.get(moment.task, ()), moment.what, moment.process, times)
            alike[key].append(moment)
    lines += [_together(moments, key.times) for key, moments in alike.items()]
    return sorted(lines, key=lambda happening: happening.at_s)


def _lists(attempt: AttemptRecord) -> dict[int, tuple[str, ...]]:
    """Return, by task number, the lists that each task is in; a task in no list is left out."""
    found: dict[int, tuple[str, ...]] = {}
    for name in _LISTS:
        for task in dict.fromkeys(getattr(attempt, name)):
            found[task] = (*found.get(task, ()), name)
    return found


class _Shown:
    """Select the moments of an attempt to show: no call that was answered quickly, and no intermediate step."""

    def __init__(self, attempt: AttemptRecord) -> None:
        self._answered: dict[int, float] = {}
        self._acknowledged: dict[int, float] = {}
        for moment in attempt.moments:
            if moment.task is not None and moment.what in ("accepted", "refused"):
                self._answered.setdefault(moment.task, moment.at_s)
            elif moment.task is not None and moment.what == "acknowledged":
                self._acknowledged[moment.task] = moment.at_s

    def __call__(self, moment: Moment) -> bool:
        task = -1 if moment.task is None else moment.task
        if moment.what == "apply_async is called":
            return self._answered.get(task, math.inf) - moment.at_s > _ORDINARY_CALL_S
        if moment.what == "acknowledging":
            return self._acknowledged.get(task, -math.inf) < moment.at_s
        return moment.what != "serialised"


def _together(moments: list[Moment], times: int) -> Happening:
    first, last = moments[0], moments[-1]
    numbers = [moment.task for moment in moments if moment.task is not None]
    one, process = len(numbers) == 1, clean(first.process)
    text = VERBS.get(first.what, "{tasks}{again}: {what}").format(
        tasks=tasks_named(numbers),
        what=clean(first.what),
        process=process or "a process",
        by="" if process in ("", "sender") else f" (by {process})",
        again={1: "", 2: " again"}.get(times, f" for the {times}. time"),
        are="is" if one else "are",
        s="s" if one else "",
        es="es" if one else "",
    )
    spread = f", the last at {last.at_s:.3f} s" if last.at_s - first.at_s >= _SPREAD_S else ""
    return Happening(first.at_s, text + spread)


@dataclass(frozen=True)
class _End:
    """How a task ended."""

    answer: str
    starts: int
    finishes: int
    lists: tuple[str, ...]


def endings(attempt: AttemptRecord) -> list[str]:
    """Return how the tasks ended, in one sentence for all tasks that ended in the same way."""
    happened: dict[int, Counter[str]] = defaultdict(Counter)
    for moment in attempt.moments:
        if moment.task is not None:
            happened[moment.task][moment.what] += 1
    ends: dict[_End, list[int]] = defaultdict(list)
    lists = _lists(attempt)
    for task, times in sorted(happened.items()):
        ends[_End(_answer(times), times["starts"], times["finishes"], lists.get(task, ()))].append(task)
    return [_ending(tasks, end) for end, tasks in ends.items()]


def _answer(times: Counter[str]) -> str:
    if times["accepted"]:
        return "accepted"
    return "refused" if times["refused"] else "neither accepted nor refused"


def _ending(tasks: list[int], end: _End) -> str:
    one = len(tasks) == 1
    text = f"{tasks_named(tasks)} {'was' if one else 'were'} {end.answer}"
    if not end.starts:
        text += " and never started"
    else:
        text += f", started {_times(end.starts)} and "
        text += f"finished {_times(end.finishes)}" if end.finishes else "never finished"
    lists = [_LIST_WORDS[name][0 if one else 1] for name in end.lists]
    return f"{text[0].upper()}{text[1:]}{': ' if lists else ''}{', and '.join(lists)}."


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
