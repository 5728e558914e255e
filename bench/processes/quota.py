"""The CPU time that a control group grants this process, and for how long it was stopped for using more.

A container's limit (``docker --cpus``, Kubernetes' ``limits.cpu``) is such a quota. The processes of a group stop once
it is spent, until the next period of usually 100 ms begins. Sources: ``cpu.max`` and ``cpu.stat`` in the kernel's
cgroup-v2.rst, ``cpu.cfs_quota_us`` in its sched-bwc.rst.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Quota", "cpu_quota"]

_GROUPS, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_UNITS_S = {"throttled_usec": 1e-6, "throttled_time": 1e-9}
"""What ``cpu.stat`` counts in: version 2's microseconds, version 1's nanoseconds."""


@dataclass(frozen=True)
class Quota:
    """A group's quota, in cores: 0.5 is 50 ms of CPU time in each 100 ms."""

    cores: float
    group: Path

    def throttled_s(self) -> float:
        """Return for how long the group was throttled since it exists; 0 if the kernel does not count it."""
        with suppress(OSError, ValueError):
            for line in (self.group / "cpu.stat").read_text().splitlines():
                name, _, value = line.partition(" ")
                if name in _UNITS_S:
                    return int(value) * _UNITS_S[name]
        return 0.0


def cpu_quota(groups: Path = _GROUPS, own: Path = _OWN) -> Quota | None:
    """Return the smallest quota of this process's group and those around it; None without one."""
    found = [Quota(cores, group) for group in _groups(groups, own) if (cores := _cores(group)) is not None]
    return min(found, key=lambda quota: quota.cores, default=None)


def _groups(root: Path, own: Path) -> Iterator[Path]:
    """Return the group that limits this process's CPU time, and those around it, in both versions."""
    with suppress(OSError, ValueError):
        for line in own.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "cpu" not in controllers.split(","):
                continue
            bases = [root / controllers, root / "cpu"] if controllers else [root, root / "unified"]
            for base in filter(Path.is_dir, dict.fromkeys(bases)):
                group = base / path.lstrip("/")  # a container may see only the base
                yield from (one for one in (group, *group.parents) if one.is_relative_to(base))


def _cores(group: Path) -> float | None:
    """Return a group's own quota; None if it has none."""
    with suppress(OSError, ValueError):
        if (group / "cpu.max").exists():
            quota, period = (group / "cpu.max").read_text().split()
        else:
            quota, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return int(quota) / int(period) if quota != "max" and int(quota) > 0 else None
    return None
