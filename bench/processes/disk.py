"""How often the disk of a directory was told to write out what it holds, which is what makes a write durable.

Linux counts such flush requests for each disk, for all programs together, and shows them to everybody; so it does with
the time in which any program waited for a disk. What a process wrote to disks shows whether it takes part in that.
Sources: the kernel's ``Documentation/block/stat.rst`` and ``Documentation/accounting/psi.rst``, proc(5).
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Disk", "disk_of", "waited_ns", "written_bytes"]

_DEVICES = Path("/sys/dev/block")
_PRESSURE = Path("/proc/pressure/io")
_NS_PER_US = 1000
_FLUSHES = 15  # the field of ``stat``, counted from 0; older kernels have none


@dataclass(frozen=True)
class Disk:
    """The disks that hold a file system."""

    devices: tuple[Path, ...]

    def syncs(self) -> int | None:
        """Return how often they were flushed since they are there; None if that is unknown.

        A disk that never was may be one for which flushes are not counted.
        """
        try:
            found = [int((device / "stat").read_text().split()[_FLUSHES]) for device in self.devices]
        except (OSError, ValueError, IndexError):
            return None
        return sum(found) or None


def disk_of(directory: Path, devices: Path = _DEVICES) -> Disk | None:
    """Return the disk of a directory; None if the system does not show it: in memory, on a network, in layers."""
    with suppress(OSError):
        number = directory.stat().st_dev
        entry = (devices / f"{os.major(number)}:{os.minor(number)}").resolve(strict=True)
        return Disk(tuple(dict.fromkeys(_disks(entry))))
    return None


def _disks(entry: Path) -> Iterator[Path]:
    """Yield the disks behind a device: a partition's, or those that a volume is made of."""
    below = sorted((entry / "slaves").iterdir()) if (entry / "slaves").is_dir() else []
    for device in below:
        yield from _disks(device.resolve())
    if not below:
        yield entry.parent if (entry / "partition").exists() else entry


def waited_ns() -> int | None:
    """Return for how long some program of this machine waited for a disk; None if the kernel does not count that."""
    with suppress(OSError, ValueError):
        some = _PRESSURE.read_text().splitlines()[0]
        return int(some.rpartition("total=")[2]) * _NS_PER_US
    return None


def written_bytes(pids: Iterable[int]) -> int | None:
    """Return what these processes, and their children that ended, wrote to disks; None if the system does not say.

    It counts as soon as it is on its way there; files in memory do not. Only a process's owner and root may know.
    """
    try:
        shown = [Path(f"/proc/{pid}/io").read_text() for pid in pids]
    except OSError:
        return None
    fields = [dict(line.split(": ", 1) for line in one.splitlines()) for one in shown]
    return sum(int(one.get("write_bytes", 0)) for one in fields)
