"""Puts a process into a kernel control group with a memory limit."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["memory_limited", "why_not_limited"]

_ROOT = Path("/sys/fs/cgroup")
_UNIFIED = _ROOT / "cgroup.controllers"


def why_not_limited() -> str:
    """Return why memory cannot be limited here; empty if it can."""
    parent = _parent()
    if parent is None:
        return "this system has no control groups that limit memory"
    if not os.access(parent, os.W_OK):
        return f"{parent} is not writable: run as root, or in a container that may create control groups"
    return ""


@contextmanager
def memory_limited(pid: int, limit_bytes: int) -> Iterator[None]:
    """Limit the memory of a process and its children within the block; the kernel may kill them for it."""
    parent = _parent()
    if parent is None:
        raise OSError("this system has no control groups that limit memory")
    group = parent / f"brokerbench-{uuid.uuid4().hex[:12]}"
    group.mkdir()
    try:
        (group / ("memory.max" if _UNIFIED.exists() else "memory.limit_in_bytes")).write_text(str(limit_bytes))
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for left in (group / "cgroup.procs").read_text().split():
            with suppress(OSError):  # the process has ended
                (parent / "cgroup.procs").write_text(left)
        with suppress(OSError):  # a zombie may still use the group, and the kernel does not remove a group in use
            group.rmdir()


def _parent() -> Path | None:
    """Return the folder in which a group with a memory limit can be created; None if there is none."""
    if not _UNIFIED.exists():
        memory = _ROOT / "memory"
        return memory if (memory / "memory.limit_in_bytes").exists() else None
    return _ROOT if "memory" in _UNIFIED.read_text().split() else None
