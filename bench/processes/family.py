"""What a process and its descendants have done so far: cheap enough to be read before and after every turn.

``bench.processes.usage`` reads memory as well and lists all processes each time. Here, on Linux, only processes that
are new are asked for their parents. Source of the fields: proc(5), ``/proc/pid/stat``; the kernel's sched-stats.rst.
"""

import os
import platform
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.processes.platform import cpu_clock_ns

__all__ = ["Families", "Spent", "counts_disk_waits"]

_PROC = "/proc"
_DELAYS = Path("/proc/sys/kernel/task_delayacct")
_NS_PER_S = 1_000_000_000
_PARENT, _USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM, _DISK = 1, 11, 12, 13, 14, 39  # from the state on, which is 0


@dataclass(frozen=True)
class Spent:
    """What one process has done since it started, in nanoseconds: its CPU time, and its waits for a disk and a core.

    ``ended_ns`` is the CPU time of its children that ended, with theirs. It comes in the system's ticks, and so does
    ``disk_ns``. ``own_ns`` is exact on Linux. ``ready_ns`` is how long its main thread could have run and had no core;
    None where the system does not count that.
    """

    own_ns: int
    ended_ns: int
    disk_ns: int = 0
    ready_ns: int | None = None


@dataclass
class Families:
    """Finds the descendants of processes."""

    _parents: dict[int, int] = field(default_factory=dict)

    def spent(self, root: int) -> dict[int, Spent]:
        """Return what each process of the family has done, by PID, the root's first; empty if that ended."""
        family = (root, *self._descendants(root))
        known = {pid: found for pid in family if (found := _spent(pid))}
        return known if root in known else {}

    def _descendants(self, root: int) -> list[int]:
        if platform.system() != "Linux":
            with suppress(psutil.Error):
                return [child.pid for child in psutil.Process(root).children(recursive=True)]
            return []
        found, parents = [], {root}
        while parents:
            parents = {pid for pid, parent in self._parents.items() if parent in parents}
            found += sorted(parents)
        return found

    def look(self) -> None:
        """Look for processes that started or ended since the last time."""
        if platform.system() != "Linux":
            return
        here = {int(name) for name in os.listdir(_PROC) if name.isdigit()}
        for ended in self._parents.keys() - here:
            del self._parents[ended]
        for pid in here - self._parents.keys():
            if fields := _stat(pid):
                self._parents[pid] = int(fields[_PARENT])


def counts_disk_waits() -> bool:
    """Return True if the kernel counts how long each process waits for a disk (``kernel.task_delayacct``)."""
    with suppress(OSError):
        return _DELAYS.read_text().strip() == "1"
    return False


def _spent(pid: int) -> Spent | None:
    return _linux_spent(pid) if platform.system() == "Linux" else _other_spent(pid)


def _linux_spent(pid: int) -> Spent | None:
    if not (fields := _stat(pid)):
        return None
    own_ns = cpu_clock_ns(pid)
    return Spent(
        own_ns=_ns(fields, _USER, _SYSTEM) if own_ns is None else own_ns,
        ended_ns=_ns(fields, _ENDED_USER, _ENDED_SYSTEM),
        disk_ns=_ns(fields, _DISK),
        ready_ns=_ready_ns(pid),
    )


def _other_spent(pid: int) -> Spent | None:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    own_s, ended_s = times.user + times.system, times.children_user + times.children_system
    return Spent(own_ns=round(own_s * _NS_PER_S), ended_ns=round(ended_s * _NS_PER_S))


def _stat(pid: int) -> list[bytes]:
    """Return what Linux shows of a process, from its state on; empty if it ended. Its name may contain anything."""
    try:
        with open(f"{_PROC}/{pid}/stat", "rb", buffering=0) as file:
            return file.read(4096).rpartition(b")")[2].split()
    except OSError:
        return []


def _ready_ns(pid: int) -> int | None:
    """Return for how long a process's main thread waited for a core; None if the kernel does not count it."""
    try:
        with open(f"{_PROC}/{pid}/schedstat", "rb", buffering=0) as file:
            return int(file.read(256).split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _ns(fields: list[bytes], *places: int) -> int:
    return sum(int(fields[place]) for place in places) * _NS_PER_S // os.sysconf("SC_CLK_TCK")
