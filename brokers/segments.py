"""Shared memory of processes that were killed: only a process that ends by itself removes its own.

PostgreSQL keeps a System V segment of a few bytes to notice a second server, from a server's start, initdb's and each
restart after a crash. Linux notes the creator of each. initdb's servers also map POSIX segments, which are files. So
one that was killed at any moment leaves none.
"""

import ctypes
import os
import re
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

__all__ = ["Creators", "remove_segment"]

_SEGMENTS = Path("/proc/sysvipc/shm")
_FILES = re.compile(rb"/dev/shm/PostgreSQL\.\d+$", re.MULTILINE)
_IPC_RMID = 0
_CLOCK_S = 2  # the system rounds both moments


@dataclass
class Creators:
    """Processes about to be killed, with the moment at which each started."""

    _started_s: dict[int, float] = field(default_factory=dict)
    _files: set[Path] = field(default_factory=set)

    def note(self, processes: Iterable[psutil.Process]) -> None:
        """Remember these processes. Call it before they are killed."""
        for process in processes:
            with suppress(psutil.Error):
                self._started_s[process.pid] = process.create_time()
            with suppress(OSError):
                found = _FILES.findall(Path(f"/proc/{process.pid}/maps").read_bytes())  # with paths in any encoding
                self._files |= {Path(os.fsdecode(name)) for name in found}

    def remove_segments(self) -> None:
        """Remove what they created or mapped. Call it when they are gone; does nothing but on Linux."""
        for file in self._files:
            with suppress(OSError):
                file.unlink()
        for segment in _segments() if self._started_s else ():
            started_s = self._started_s.get(int(segment["cpid"]))
            if started_s is not None and int(segment["ctime"]) >= started_s - _CLOCK_S:
                remove_segment(int(segment["shmid"]), int(segment["cuid"]))


def remove_segment(number: int, owner: int) -> None:
    """Have a segment end with the last process that uses it. Does nothing if it is gone, or somebody else's."""
    with suppress(OSError, ValueError, AttributeError, subprocess.SubprocessError):
        if ctypes.CDLL(None).shmctl(number, _IPC_RMID, None):
            # root in a container may not, but may become the owner
            subprocess.run(["ipcrm", "-m", str(number)], user=owner, capture_output=True, check=False, timeout=10)


def _segments() -> list[dict[str, str]]:
    with suppress(OSError):
        names, *rows = (line.split() for line in _SEGMENTS.read_text().splitlines())
        return [dict(zip(names, row, strict=False)) for row in rows]
    return []
