"""The ledger: what happened to every task, from the records of all processes that handled it.

A task is *accepted* if ``apply_async`` returned, *refused* if it raised, and *unanswered* if it did neither: its
caller was killed, or is still waiting. An accepted task is *lost* if it never finished, unless it should not run at
all; a task is *duplicated* if it started more often than it should have.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from bench.processes.errors import NoRoom
from bench.subject.recorder import CALLED, FINISHED, PUBLISHED, REFUSED, STARTED, is_full, read_events

__all__ = ["Event", "Ledger", "read_ledger"]


@dataclass(frozen=True, order=True)
class Event:
    """Something that happened to a task, with the time on the monotonic clock and the process."""

    at_ns: int
    number: int
    kind: int
    pid: int = 0


@dataclass(frozen=True)
class Ledger:
    """The events of some tasks, in time order. ``runs`` is how often a task should start, if not once."""

    events: tuple[Event, ...]
    runs: Mapping[int, int] = field(default_factory=dict)

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
        return self.numbers(CALLED) - self.accepted - self.refused

    @property
    def finished(self) -> set[int]:
        """Return the tasks that finished at least once."""
        return self.numbers(FINISHED)

    @property
    def lost(self) -> set[int]:
        """Return the accepted tasks that should have run and never finished."""
        return {number for number in self.accepted - self.finished if self.runs.get(number, 1)}

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
        """Return the first start of a task that was called after that time; None if there is none."""
        called = {event.number for event in self.events if event.kind == CALLED and event.at_ns > called_after_ns}
        starts = (event.at_ns for event in self.events if event.kind == STARTED and event.number in called)
        return min(starts, default=None)

    def waits_s(self, numbers: Iterable[int]) -> list[float]:
        """Return the times from call to first start of these tasks, without tasks that never started."""
        return [wait_ns / 1e9 for number in numbers if (wait_ns := self.wait_ns(number)) is not None]

    def back_ns(self, fault_ns: int) -> int | None:
        """Return the longest time from the fault to the start of a task that was sent before it and had not finished.

        None if there is no such start.
        """
        waits = [
            event.at_ns - fault_ns
            for event in self.events
            if event.kind == STARTED and event.at_ns > fault_ns and self._was_open(event.number, fault_ns)
        ]
        return max(waits, default=None)

    def late(self, fault_ns: int, due_ns: int) -> set[int]:
        """Return the accepted tasks that were open at the fault and whose last start is later than due."""
        starts = {number: self.of(STARTED, number) for number in self.accepted if self._was_open(number, fault_ns)}
        return {number for number, found in starts.items() if found and found[-1].at_ns > due_ns}

    def _was_open(self, number: int, at_ns: int) -> bool:
        """Return whether a task had been called and had not finished at that time."""
        calls, ends = self.of(CALLED, number), self.of(FINISHED, number)
        return bool(calls) and calls[0].at_ns < at_ns and not (ends and ends[0].at_ns < at_ns)


def read_ledger(directory: Path, numbers: range, runs: Mapping[int, int] = MappingProxyType({})) -> Ledger:
    """Read the records of all processes in a directory, for the tasks of these numbers.

    Raises NoRoom if a process had no room for its record: a task that is not on record may have run.
    """
    if is_full(path.name for path in directory.glob("*")):
        raise NoRoom(directory)
    return Ledger(tuple(sorted(_events(directory.glob("*.events"), numbers))), runs)


def _events(paths: Iterable[Path], numbers: range) -> Iterable[Event]:
    for path in paths:
        pid = int(path.stem)
        for number, kind, at_ns in read_events(str(path)):
            if number in numbers:
                yield Event(at_ns, number, kind, pid)
