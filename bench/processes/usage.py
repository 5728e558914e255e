"""What a process and its children use of the machine."""

from dataclasses import dataclass

import psutil

from bench.processes.platform import cpu_clock_ns

__all__ = ["ProcessUsage", "cpu_ns", "read_usage"]

_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class ProcessUsage:
    """CPU time (user and system) and resident memory of a process and all its descendants.

    On Linux, memory excludes the pages of files and of shared memory: libraries, and the record that a measured
    worker writes, 32 bytes a task. Elsewhere it includes them.

    ``later - earlier`` is the CPU time used in between and the growth of the memory. A page that several processes
    share counts once for each. CPU time is exact on Linux, except for that of children that ended, which comes in ticks
    of 10 ms; elsewhere the system's tick limits its resolution.
    """

    cpu_ns: int
    resident_bytes: int

    def __sub__(self, earlier: "ProcessUsage") -> "ProcessUsage":
        return ProcessUsage(
            cpu_ns=self.cpu_ns - earlier.cpu_ns,
            resident_bytes=self.resident_bytes - earlier.resident_bytes,
        )


def read_usage(pid: int) -> ProcessUsage | None:
    """Return what the process tree uses now; None if the process ended, or is not ours to read.

    A child that ended still counts if the system adds its CPU time to its parent's (Linux), and is lost elsewhere.
    """
    try:
        root = psutil.Process(pid)
        if root.status() == psutil.STATUS_ZOMBIE:
            return None
        usages = [_of_one(process) for process in (root, *root.children(recursive=True))]
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return ProcessUsage(
        cpu_ns=sum(usage.cpu_ns for usage in usages),
        resident_bytes=sum(usage.resident_bytes for usage in usages),
    )


def cpu_ns(process: psutil.Process) -> int:
    """Return the CPU time of a process and of its children that ended, in nanoseconds; 0 if it is gone or not ours."""
    try:
        return _spent_ns(process)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _spent_ns(process: psutil.Process) -> int:
    times = process.cpu_times()
    exact_ns = cpu_clock_ns(process.pid)
    own_ns = round((times.user + times.system) * _NS_PER_S) if exact_ns is None else exact_ns
    return own_ns + round((times.children_user + times.children_system) * _NS_PER_S)


def _of_one(process: psutil.Process) -> ProcessUsage:
    """Return one process's usage; nothing if it ended meanwhile."""
    try:
        with process.oneshot():
            spent_ns, memory = _spent_ns(process), process.memory_info()
    except psutil.NoSuchProcess:
        return ProcessUsage(cpu_ns=0, resident_bytes=0)
    return ProcessUsage(cpu_ns=spent_ns, resident_bytes=memory.rss - getattr(memory, "shared", 0))
