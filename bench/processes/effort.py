"""Measures what a turn takes of the machine: read before and after it, never within what is timed."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes.disk import Disk, disk_of, waited_ns, written_bytes
from bench.processes.family import Families, Spent, counts_disk_waits
from bench.processes.quota import Quota, cpu_quota
from bench.records.effort import Effort, Role

__all__ = ["EffortGauge", "Roots"]

_MOST_SHARE = 0.005  # of the time, for a metric: a turn that begins too soon after the last one's has no effort
_TICK_NS = 10_000_000
_READY: tuple[Role, ...] = ("producer", "worker")
Roots = Mapping[Role, Sequence[int]]
"""The first processes of each role, by PID; those of a worker's pool are found from its main process."""


@dataclass(frozen=True)
class _Group:
    """The CPU time of a role's processes by PID, and of what they, or their parent, saw end."""

    own_ns: dict[int, int]
    ended_ns: dict[int, int]

    @classmethod
    def of(cls, processes: Mapping[int, Spent]) -> "_Group":
        return cls(
            {pid: spent.own_ns for pid, spent in processes.items()},
            {pid: spent.ended_ns for pid, spent in processes.items()},
        )

    def since(self, earlier: "_Group") -> int | None:
        """Return the CPU time used since then; None if it cannot be told.

        A process that ended in between is in the time of its parent's ended children, unless that did not wait for it.
        """
        each_ns = [spent_ns - earlier.own_ns.get(pid, 0) for pid, spent_ns in self.own_ns.items()]
        if min(each_ns, default=0) < 0:  # another process got the number of one that ended
            return None
        gone = earlier.own_ns.keys() - self.own_ns.keys()
        before_ns = sum(earlier.own_ns[pid] + earlier.ended_ns.get(pid, 0) for pid in gone)
        ended_ns = sum(spent_ns - earlier.ended_ns.get(pid, 0) for pid, spent_ns in self.ended_ns.items())
        if ended_ns + _TICK_NS * (len(gone) > 0) < before_ns:
            return None
        return max(0, sum(each_ns) + ended_ns - before_ns)

    def busiest_since(self, earlier: "_Group") -> int:
        """Return the CPU time used since then by the process that used most, with its own ended children."""
        return max(
            (
                spent_ns + self.ended_ns[pid] - earlier.own_ns.get(pid, 0) - earlier.ended_ns.get(pid, 0)
                for pid, spent_ns in self.own_ns.items()
            ),
            default=0,
        )


@dataclass(frozen=True)
class _Moment:
    """The clock, and the CPU time of the harness, which reads them."""

    at_ns: int = field(default_factory=time.monotonic_ns)
    harness_ns: int = field(default_factory=time.process_time_ns)


@dataclass(frozen=True)
class _Reading:
    """Everything that was read between two moments."""

    begun: _Moment
    ended: _Moment
    groups: dict[Role, _Group]
    ready_ns: dict[Role, dict[int, int]]
    throttled_ns: int | None
    disk_ns: int | None
    syncs: int | None
    written_bytes: int | None

    def since(self, earlier: "_Reading") -> Effort:
        both = {role: (group, earlier.groups[role]) for role, group in self.groups.items() if role in earlier.groups}
        cpu_ns = {role: used for role, (now, then) in both.items() if (used := now.since(then)) is not None}
        if cpu_ns.get("child") is not None:
            cpu_ns["busiest child"] = min(cpu_ns["child"], both["child"][0].busiest_since(both["child"][1]))
        cpu_ns["harness"] = max(0, self.begun.harness_ns - earlier.ended.harness_ns)
        return Effort(
            wall_ns=max(1, self.begun.at_ns - earlier.ended.at_ns),
            cpu_ns=cpu_ns,
            ready_ns={role: _most_since(now, earlier.ready_ns.get(role, {})) for role, now in self.ready_ns.items()},
            throttled_ns=_difference(self.throttled_ns, earlier.throttled_ns),
            disk_ns=_difference(self.disk_ns, earlier.disk_ns),
            syncs=_difference(self.syncs, earlier.syncs),
            written_bytes=_difference(self.written_bytes, earlier.written_bytes),
        )


def _most_since(now_ns: Mapping[int, int], then_ns: Mapping[int, int]) -> int:
    """Return by how much that of one process grew, of those that were there before, at most."""
    return max((value - then_ns[pid] for pid, value in now_ns.items() if pid in then_ns), default=0)


def _difference(now: int | None, then: int | None) -> int | None:
    """Return what was added; None if it is unknown, or if a process ended whose part nobody has."""
    return None if now is None or then is None or now < then else now - then


@dataclass
class EffortGauge:
    """Measures the effort of one subject's turns: of each metric's, as many as take little of the time to read.

    A reading takes about 0.1 ms of the harness's CPU time a process, and more where there are many on the machine.
    """

    quota: Quota | None = field(default_factory=cpu_quota)
    _families: Families = field(default_factory=Families)
    _disks: dict[Path, Disk | None] = field(default_factory=dict)
    _counts_disk_waits: bool = field(default_factory=counts_disk_waits)
    _first: _Reading | None = None
    _metric: str = ""
    _due_ns: dict[str, int] = field(default_factory=dict)

    def begin(self, metric: str, roots: Roots, server_directory: Path | None) -> None:
        """Begin a metric's turn of these processes, if it is time for another reading."""
        self._metric, is_due = metric, time.monotonic_ns() >= self._due_ns.get(metric, 0)
        self._first = self._read(roots, server_directory) if is_due else None

    def begin_again(self, roots: Roots, server_directory: Path | None) -> None:
        """Begin where what is timed begins, if the turn has begun."""
        if self._first:
            self._first = self._read(roots, server_directory)

    def end(self, roots: Roots, server_directory: Path | None) -> Effort | None:
        """Return the effort since the beginning; None if the turn was not begun."""
        first, self._first = self._first, None
        if first is None:
            return None
        last = self._read(roots, server_directory)
        took_ns = last.ended.harness_ns - last.begun.harness_ns
        self._due_ns[self._metric] = last.ended.at_ns + round(2 * took_ns / _MOST_SHARE)
        return last.since(first)

    def _read(self, roots: Roots, server_directory: Path | None) -> _Reading:
        begun = _Moment()
        self._families.look()
        known = {role: self._known(pids) for role, pids in roots.items() if pids}
        groups = {role: _Group.of(processes) for role, processes in known.items() if processes}
        if "worker" in groups:
            groups |= _apart(known["worker"])
        ready_ns = {role: _ready_ns(role, processes) for role, processes in known.items() if role in _READY}
        disk = self._disk(server_directory)
        return _Reading(
            begun=begun,
            groups=groups,
            ready_ns={role: found for role, found in ready_ns.items() if found},
            throttled_ns=round(self.quota.throttled_s() * 1e9) if self.quota else None,
            disk_ns=self._disk_ns(known["server"]) if known.get("server") else None,
            syncs=disk.syncs() if disk else None,
            written_bytes=written_bytes(known["server"]) if known.get("server") else None,
            ended=_Moment(),
        )

    def _known(self, pids: Sequence[int]) -> dict[int, Spent]:
        """Return the families of these processes; nothing if one of them cannot be read."""
        families = [self._families.spent(pid) for pid in pids]
        return {pid: spent for family in families for pid, spent in family.items()} if all(families) else {}

    def _disk_ns(self, server: dict[int, Spent]) -> int | None:
        return sum(one.disk_ns for one in server.values()) if self._counts_disk_waits else waited_ns()

    def _disk(self, directory: Path | None) -> Disk | None:
        if directory is None:
            return None
        if directory not in self._disks:
            self._disks[directory] = disk_of(directory)
        return self._disks[directory]


def _apart(worker: dict[int, Spent]) -> dict[Role, _Group]:
    """Return a worker's main process, the first one, apart from its children; those that ended are its children's."""
    (main, spent), *children = worker.items()
    found: dict[Role, _Group] = {"worker": _Group({main: spent.own_ns}, {})}
    if children:
        pool = _Group.of(dict(children))
        found["child"] = _Group(pool.own_ns, {main: spent.ended_ns, **pool.ended_ns})
    return found


def _ready_ns(role: Role, processes: dict[int, Spent]) -> dict[int, int]:
    """Return for how long each process waited for a core so far; of a worker, the first one alone."""
    each = list(processes.items())[: 1 if role == "worker" else None]
    return {pid: one.ready_ns for pid, one in each if one.ready_ns is not None}
