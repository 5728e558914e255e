"""How many cores other programs use: the cores' time that was not spare, without the CPU time of this run's processes.

The kernel counts a core's spare time in ticks of 10 ms, so the use is a mean over at least a second. Sources: proc(5),
and the kernel's ``fs/proc/stat.c``. The time that a hypervisor takes away (``steal``) is not spare, and time for
interrupts counts as spare: most of it is the loopback traffic of the run itself.
"""

import os
import platform
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from bench.processes.platform import CorePlan, allowed_cores, own_addresses
from bench.processes.usage import cpu_ns
from bench.subject.bypass import LOOPBACK, is_among
from brokers.protocol import Server

__all__ = ["LEAST_S", "CoreTimes", "Others", "core_times", "may_be_here", "others_beside"]

LEAST_S = 1.0
"""The shortest time over which the use can be told: 10 ms a core are then 1 %."""
_STAT = Path("/proc/stat")
_SPARE = ("idle", "iowait", "irq", "softirq", "interrupt", "dpc")
_COLUMNS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_LEAST_COUNTED = 0.5  # of the time that passed; a sandbox may show counters that stand still


@dataclass(frozen=True)
class CoreTimes:
    """What some cores did since they started, in seconds: everything that is counted, and the spare part of it."""

    counted_s: float
    spare_s: float


def core_times(cores: Sequence[int], stat: Path = _STAT) -> CoreTimes | None:
    """Return what these cores did; None if the system does not show it."""
    try:
        known = _linux_times(stat) if platform.system() == "Linux" else _other_times()
        chosen = [known[core] for core in cores]
    except (OSError, ValueError, LookupError):
        return None
    spare_s = (seconds for times in chosen for name, seconds in times.items() if name in _SPARE)
    return CoreTimes(counted_s=sum(sum(times.values()) for times in chosen), spare_s=sum(spare_s))


def _linux_times(stat: Path) -> dict[int, dict[str, float]]:
    """Return the columns of each core by its number. psutil lists them without numbers, and some may be offline."""
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    rows = (line.split() for line in stat.read_text().splitlines() if line.startswith("cpu"))
    return {
        int(row[0][3:]): {name: int(ticks) * tick_s for name, ticks in zip(_COLUMNS, row[1:], strict=False)}
        for row in rows
        if row[0] != "cpu"
    }


def _other_times() -> dict[int, dict[str, float]]:
    return {core: times._asdict() for core, times in enumerate(psutil.cpu_times(percpu=True))}


@dataclass
class _OwnProcesses:
    """The harness and all its descendants. They are looked for once in a while, because that reads all of /proc."""

    looked_s: float = -LEAST_S
    known: list[psutil.Process] = field(default_factory=list)

    def cpu_s(self) -> float:
        """Return the CPU time that they have used; that of an ended one is in its parent's."""
        if time.monotonic() - self.looked_s >= LEAST_S:
            own = psutil.Process()
            self.known, self.looked_s = [own, *own.children(recursive=True)], time.monotonic()
        return sum(map(cpu_ns, self.known)) / 1e9

    def look_again(self) -> None:
        """Look for them at the next reading."""
        self.looked_s = -LEAST_S


@dataclass(frozen=True)
class _Reading:
    at_s: float
    cores: CoreTimes
    own_s: float


@dataclass
class Others:
    """Tells how many of the ``cores`` programs outside of this run use. ``clock_s`` is the monotonic clock."""

    cores: Sequence[int] = field(default_factory=allowed_cores)
    read_cores: Callable[[Sequence[int]], CoreTimes | None] = core_times
    own: _OwnProcesses = field(default_factory=_OwnProcesses)
    clock_s: Callable[[], float] = time.monotonic
    _readings: list[_Reading] = field(default_factory=list)

    def start_over(self) -> None:
        """Forget what was before: processes of the run were ended and started."""
        self.own.look_again()
        self._readings = [now] if (now := self._now()) else []

    def since(self, begin_s: float) -> float | None:
        """Return the mean number of cores that others used since then, or in the last second if that is longer.

        None if it is unknown: the system does not show it, or the measurement began less than a second ago.
        """
        if (now := self._now()) is None:
            return None
        latest_s = min(begin_s, now.at_s - LEAST_S)
        earlier = [one for one in self._readings if one.at_s <= latest_s]
        first = earlier[-1] if earlier else next(iter(self._readings), None)
        self._readings = [*earlier[-1:], *(one for one in self._readings if one.at_s > latest_s), now]
        return _used(first, now, len(self.cores)) if first else None

    def _now(self) -> _Reading | None:
        at_s, cores = self.clock_s(), self.read_cores(self.cores)
        return _Reading(at_s, cores, self.own.cpu_s()) if cores else None


def _used(first: _Reading, last: _Reading, cores: int) -> float | None:
    """Return the mean number of cores that others used between two readings; None if it cannot be told."""
    passed_s, own_s = last.at_s - first.at_s, last.own_s - first.own_s
    counted_s = last.cores.counted_s - first.cores.counted_s
    if passed_s < LEAST_S or own_s < 0 or counted_s < _LEAST_COUNTED * cores * passed_s:
        return None
    spare_s = last.cores.spare_s - first.cores.spare_s
    return round(max(0.0, cores - (spare_s + own_s) / passed_s), 3)


def others_beside(servers: Iterable[Server], cores: CorePlan) -> Others | None:
    """Return what tells the use of other programs during a run with these servers on these cores.

    None if a user's own server may be on this machine: its work for the run cannot be told from that of other programs.
    """
    if any(not server.private and may_be_here(server.url) for server in servers):
        return None
    return Others([*cores.servers, *cores.subjects] or allowed_cores())


def may_be_here(url: str) -> bool:
    """Return False if the URL certainly names another machine."""
    try:
        host = urlsplit(url).hostname
        found = socket.getaddrinfo(host, None) if host else []
    except (OSError, ValueError):
        return True
    here = {LOOPBACK, *own_addresses()}
    return not found or any(is_among(str(address[0]), here) for *_, address in found)
