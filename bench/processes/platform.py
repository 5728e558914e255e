"""What only some systems can do: pinning, stopping a process group, reading the CPU's name.

Everything else in the project works the same on Linux, macOS and Windows. ``lost_here`` names what is missing on this
system; it costs precision, not correctness.
"""

import os
import platform
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from brokers.processes import kill

__all__ = [
    "CAN_PIN",
    "CAN_STOP",
    "CorePlan",
    "allowed_cores",
    "continue_group",
    "core_mhz",
    "cpu_clock_ns",
    "cpu_model",
    "end_group",
    "filesystem_of",
    "kill_group",
    "lost_here",
    "pinned",
    "plan_cores",
    "pools",
    "stop_group",
]

CAN_PIN = hasattr(os, "sched_setaffinity")
CAN_STOP = hasattr(signal, "SIGSTOP")
_CPUCLOCK_SCHED = 2


@dataclass(frozen=True)
class CorePlan:
    """The cores for the subjects, and those for private servers and the harness; both empty if not pinned."""

    subjects: tuple[int, ...] = ()
    servers: tuple[int, ...] = ()


def allowed_cores() -> list[int]:
    """Return the cores that this process may run on."""
    if CAN_PIN:
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def plan_cores() -> CorePlan:
    """Assign the upper half of the cores to subjects and the lower half to servers, if there are at least two."""
    cores = allowed_cores()
    if not CAN_PIN or len(cores) == 1:
        return CorePlan()
    half = len(cores) // 2
    return CorePlan(subjects=tuple(cores[half:]), servers=tuple(cores[:half]))


@contextmanager
def pinned(cores: tuple[int, ...]) -> Iterator[None]:
    """Keep this process, and the processes that it starts meanwhile, on these cores."""
    if not (CAN_PIN and cores):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def stop_group(pid: int) -> None:
    """Stop every process of the group, wherever it is in its work."""
    if CAN_STOP:
        os.killpg(pid, signal.SIGSTOP)


def continue_group(pid: int) -> None:
    """Let a stopped group continue."""
    if CAN_STOP:
        os.killpg(pid, signal.SIGCONT)


def kill_group(pid: int) -> None:
    """Kill every process of the group at once."""
    if CAN_STOP:
        os.killpg(pid, signal.SIGKILL)
    else:
        kill(psutil.Process(pid))


def end_group(process: "subprocess.Popen[str]") -> None:
    """Kill a process that was started in its own session, with all its children."""
    if process.poll() is None:
        try:
            children = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            children = []
        for child in children:
            kill(child)
        process.kill()
    process.wait()
    _end_orphans(process.pid)


def _end_orphans(leader: int) -> None:
    """Kill what is left of the session of a process that has ended.

    A child may wait for ever on a lock that a killed sibling held, and keep its pipes open. No process gets a number
    that is still a session's, so if there is none with it, the session is the one that was started here.
    """
    if not CAN_STOP or psutil.pid_exists(leader):
        return
    for pid in psutil.pids():
        with suppress(OSError):
            if os.getsid(pid) == leader:
                os.kill(pid, signal.SIGKILL)


def pools() -> tuple[str, ...]:
    """Return the names of the worker pools that run on this system."""
    return ("threads", "solo") if platform.system() == "Windows" else ("prefork", "threads", "solo")


def cpu_clock_ns(pid: int) -> int | None:
    """Return the CPU clock of a process, which is exact; None if the system has no such clock for other processes.

    Linux derives a clock's number from a process's (``MAKE_PROCESS_CPUCLOCK`` in ``linux/posix-timers.h``).
    """
    if platform.system() != "Linux":
        return None
    try:
        return time.clock_gettime_ns((~pid << 3) | _CPUCLOCK_SCHED)
    except OSError:  # it ended
        return None


def cpu_model() -> str:
    """Return the processor's name as the system reports it."""
    if platform.system() == "Linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        answer = subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False
        )
        return answer.stdout.strip() or platform.machine()
    return platform.processor() or platform.machine()


def core_mhz() -> tuple[float | None, float | None]:
    """Return the cores' frequency now, the mean, and the highest of any core; None for what is not reported."""
    try:
        found = psutil.cpu_freq()
    except (OSError, NotImplementedError, AttributeError):  # AttributeError: psutil has it only where it can
        return None, None
    return (round(found.current, 1) or None, round(found.max, 1) or None) if found else (None, None)


def filesystem_of(path: Path) -> str:
    """Return the type of the file system that a path is on; empty if the system does not report it."""
    mounts = [part for part in psutil.disk_partitions(all=True) if path.is_relative_to(part.mountpoint)]
    return max(mounts, key=lambda part: len(part.mountpoint)).fstype if mounts else ""


def lost_here() -> list[str]:
    """Return one sentence for each thing that this system cannot do, with what that costs."""
    lost = []
    if not CAN_PIN:
        lost.append(
            "This system cannot pin processes to cores: expect several times the spread, and only larger "
            "differences to be detected."
        )
    elif len(allowed_cores()) == 1:
        lost.append("There is only one core: subjects and servers share it, so each figure includes the server's work.")
    if not CAN_STOP:
        lost.append(
            "This system cannot stop a process group: a worker drains while its queue is filled, so its "
            "throughput is at most the producer's."
        )
    return lost
