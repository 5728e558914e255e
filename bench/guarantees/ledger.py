"""The ledger: what happened to every task, from the records of all processes that handled it.

A task is *accepted* if ``apply_async`` returned, *refused* if it raised, and *unanswered* if it did neither: its
caller was killed, or is still waiting. A task is *limited* if a worker has a record of ending it at a limit of its
user's own. An accepted task is *lost* if it never finished and is not limited, unless it should not run at all; a task
is *duplicated* if it started more often than it should have.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from bench.processes.errors import NoRoom
from bench.subject.recorder import (
    ACKED,
    CALLED,
    DUE,
    EXPIRED,
    FINISHED,
    PUBLISHED,
    REFUSED,
    SOFT_LIMITED,
    STARTED,
    TIME_LIMITED,
    UNSENT,
    is_full,
    read_events,
)

__all__ = ["LIMITS", "Event", "Ledger", "read_ledger"]

LIMITS = {TIME_LIMITED: "time_limit", SOFT_LIMITED: "soft_time_limit", EXPIRED: "expires"}
"""The kind of the user's own limit that a worker enforced, by the event."""


_AT_ONCE_NS = 1_000_000_000


@dataclass(frozen=True, order=True)
class Event:
    """Something that happened to a task, with the time on the monotonic clock and the process."""

    at_ns: int
    number: int
    kind: int
    pid: int = 0


@dataclass(frozen=True)
class Ledger:
    """The events of some tasks, in time order.

    ``runs`` is how often a task should start, if not once. ``timed`` are the tasks to which the fault itself gave a
    time limit: a task that it ends was not limited by its user, and is not over.
    """

    events: tuple[Event, ...]
    runs: Mapping[int, int] = field(default_factory=dict)
    timed: frozenset[int] = frozenset()

    @cached_property
    def _by_kind(self) -> dict[int, dict[int, list[Event]]]:
        found: dict[int, dict[int, list[Event]]] = defaultdict(lambda: defaultdict(list))
        for event in self.events:
            found[event.kind][event.number].append(event)
        return found

    def of(self, kind: int, number: int) -> list[Event]:
        """Return the events of one kind of one task, in time order."""
        return self._by_kind[kind].get(number, [])

    def starts(self, number: int) -> list[Event]:
        """Return the starts of one task, in time order."""
        return self.of(STARTED, number)

    def numbers(self, kind: int) -> set[int]:
        """Return the tasks that have an event of the kind."""
        return set(self._by_kind[kind])

    @property
    def accepted(self) -> set[int]:
        """Return the tasks whose ``apply_async`` returned."""
        return self.numbers(PUBLISHED)

    @property
    def refused(self) -> set[int]:
        """Return the tasks whose ``apply_async`` raised."""
        return self.numbers(REFUSED)

    @property
    def unanswered(self) -> set[int]:
        """Return the tasks whose ``apply_async`` neither returned nor raised."""
        return self.numbers(CALLED) - self.accepted - self.refused - self.unsent

    @property
    def unsent(self) -> set[int]:
        """Return the tasks whose ``apply_async`` returned and sent no message: code of the user's own dropped them."""
        return self.numbers(UNSENT)

    @property
    def finished(self) -> set[int]:
        """Return the tasks that finished at least once."""
        return self.numbers(FINISHED)

    @property
    def limited(self) -> dict[int, Event]:
        """Return how each task ended that a worker ended at a limit of its user's own: the first such event.

        A soft limit only asks a task to end, so one that ended in another way, or later than at once, is not in it. Nor
        is a task that had finished before, or that should not run at all.
        """
        found: dict[int, Event] = {}
        for event in self.events:
            ends = event.kind in LIMITS and (event.kind != SOFT_LIMITED or self._obeyed(event))
            is_due = self.runs.get(event.number, 1) > 0 and not self._had_finished(event)
            if ends and is_due and self._is_users(event):
                found.setdefault(event.number, event)
        return found

    def _is_users(self, event: Event) -> bool:
        """Return whether the limit that ended a task is its user's: the fault's own replaces it."""
        return event.kind != TIME_LIMITED or event.number not in self.timed

    @property
    def not_again(self) -> set[int]:
        """Return the tasks that came back after they had finished, and were discarded as expired."""
        return {event.number for event in self.events if event.kind == EXPIRED and self._had_finished(event)}

    def _had_finished(self, event: Event) -> bool:
        """Return whether the task had finished as often before as it should run."""
        ends = [end for end in self.of(FINISHED, event.number) if end.at_ns < event.at_ns]
        return len(ends) >= max(1, self.runs.get(event.number, 1))

    def _obeyed(self, asked: Event) -> bool:
        """Return whether the task ended within a second of a soft limit."""
        return any(0 <= end.at_ns - asked.at_ns < _AT_ONCE_NS for end in self.of(FINISHED, asked.number))

    @property
    def over(self) -> set[int]:
        """Return the tasks that finished at least once, or were ended by a limit of their user's own."""
        return self.finished | set(self.limited)

    @property
    def lost(self) -> set[int]:
        """Return the accepted tasks that should have run, never finished, and were not ended by a limit.

        Tasks of which this is not known are ``unknown``.
        """
        return self._missing - self.unknown

    @property
    def unknown(self) -> set[int]:
        """Return the missing tasks whose message the server had to discard as expired, of which it leaves no record.

        A task that a worker acknowledged was no longer there to expire.
        """
        now_ns = time.monotonic_ns()
        due = {number for number in self.numbers(DUE) if self.of(DUE, number)[0].at_ns < now_ns}
        return (self._missing & due) - self.numbers(ACKED)

    @property
    def _missing(self) -> set[int]:
        return {number for number in self.accepted - self.over if self.runs.get(number, 1)}

    @property
    def duplicated(self) -> set[int]:
        """Return the tasks that started more often than they should have."""
        return {number for number in self.numbers(STARTED) if len(self.of(STARTED, number)) > self.runs.get(number, 1)}

    @property
    def uninvited(self) -> set[int]:
        """Return the tasks that started although ``apply_async`` raised or never returned."""
        return self.numbers(STARTED) - self.accepted

    @property
    def order(self) -> list[int]:
        """Return the tasks in the order in which they first started."""
        return list(dict.fromkeys(event.number for event in self.events if event.kind == STARTED))

    def wait_ns(self, number: int) -> int | None:
        """Return the time from a task's call to its first start; None if it never started."""
        calls, starts = self.of(CALLED, number), self.of(STARTED, number)
        return starts[0].at_ns - calls[0].at_ns if calls and starts else None

    def first_start_ns(self, called_after_ns: int) -> int | None:
        """Return when a worker first took a task that was called after that time; None if none did.

        It took a task that it started, or that it found expired.
        """
        called = {event.number for event in self.events if event.kind == CALLED and event.at_ns > called_after_ns}
        taken = (event.at_ns for event in self.events if event.kind in (STARTED, EXPIRED) and event.number in called)
        return min(taken, default=None)

    def waits_s(self, numbers: Iterable[int]) -> list[float]:
        """Return the times from call to first start of these tasks, without tasks that never started."""
        return [wait_ns / 1e9 for number in numbers if (wait_ns := self.wait_ns(number)) is not None]

    def back_ns(self, fault_ns: int) -> int | None:
        """Return the longest time from the fault until a worker took a task that was sent before it and was not over.

        None if none took such a task.
        """
        waits = [
            event.at_ns - fault_ns
            for event in self.events
            if event.kind in (STARTED, EXPIRED) and event.at_ns > fault_ns and self._was_open(event.number, fault_ns)
        ]
        return max(waits, default=None)

    def late(self, fault_ns: int, due_ns: int) -> set[int]:
        """Return the accepted tasks that were open at the fault and whose last start is later than due."""
        starts = {number: self.of(STARTED, number) for number in self.accepted if self._was_open(number, fault_ns)}
        return {number for number, found in starts.items() if found and found[-1].at_ns > due_ns}

    def _was_open(self, number: int, at_ns: int) -> bool:
        """Return whether a task had been called and was not over at that time."""
        calls = self.of(CALLED, number)
        return bool(calls) and calls[0].at_ns < at_ns and not self.was_over(number, at_ns)

    def was_over(self, number: int, at_ns: int) -> bool:
        """Return whether a task had finished, or been ended by a limit, before that time."""
        kinds = (FINISHED, TIME_LIMITED, EXPIRED)
        ends = (end for kind in kinds for end in self.of(kind, number))
        return any(end.at_ns < at_ns and self._is_users(end) for end in ends)


def read_ledger(
    directory: Path,
    numbers: range,
    runs: Mapping[int, int] = MappingProxyType({}),
    timed: frozenset[int] = frozenset(),
) -> Ledger:
    """Read the records of all processes in a directory, for the tasks of these numbers; the rest is for ``Ledger``.

    Raises NoRoom if a process had no room for its record: a task that is not on record may have run.
    """
    if is_full(path.name for path in directory.glob("*")):
        raise NoRoom(directory)
    return Ledger(tuple(sorted(_events(directory.glob("*.events"), numbers))), runs, timed)


def _events(paths: Iterable[Path], numbers: range) -> Iterable[Event]:
    for path in paths:
        pid = int(path.stem)
        for number, kind, at_ns in read_events(str(path)):
            if number in numbers:
                yield Event(at_ns, number, kind, pid)
