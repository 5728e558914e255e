"""A control group of the kernel's around one process, with a limit on its memory."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["memory_limited", "why_not_limited"]

_ROOT = Path("/sys/fs/cgroup")
_UNIFIED = _ROOT / "cgroup.controllers"


def why_not_limited() -> str:
    """Return why no memory can be limited here, or nothing."""
    parent = _parent()
    if parent is None:
        return "this system has no control groups that limit memory"
    if not os.access(parent, os.W_OK):
        return f"{parent} may not be written to: run as root, or in a container that may make control groups"
    return ""


@contextmanager
def memory_limited(pid: int, limit_bytes: int) -> Iterator[None]:
    """Keep a process, and those that it starts, to so much memory while the block runs; they may all end in it."""
    parent = _parent()
    if parent is None:
        raise OSError("no control groups that limit memory")
    group = parent / f"brokerbench-{uuid.uuid4().hex[:12]}"
    group.mkdir()
    try:
        (group / ("memory.max" if _UNIFIED.exists() else "memory.limit_in_bytes")).write_text(str(limit_bytes))
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for left in (group / "cgroup.procs").read_text().split():
            with suppress(OSError):  # it has ended
                (parent / "cgroup.procs").write_text(left)
        with suppress(OSError):  # a zombie keeps it for a moment, and the kernel removes nothing that is in use
            group.rmdir()


def _parent() -> Path | None:
    """Return the folder in which a group with a limit of memory can be made."""
    if not _UNIFIED.exists():
        memory = _ROOT / "memory"
        return memory if (memory / "memory.limit_in_bytes").exists() else None
    return _ROOT if "memory" in _UNIFIED.read_text().split() else None
