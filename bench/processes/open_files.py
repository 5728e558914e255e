"""What a process and its children hold of the system: memory, open files and connections."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["Holdings", "read_holdings"]

_PROC = Path("/proc")
_SOCKET = "socket:"


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What the processes of a tree hold. ``main_bytes`` is of the root alone, ``children_bytes`` of all others.

    On Linux, memory excludes the pages of files and of shared memory, as in ``bench.processes.usage``, and
    ``connections`` are all sockets, also one that its peer has closed and the process has not; elsewhere they are those
    of the Internet that are not closed. ``files`` are what else is open: files, pipes and devices. A socket that a
    child inherited counts once.
    """

    main_bytes: int
    children_bytes: int
    files: int
    connections: int


def read_holdings(pid: int) -> Holdings | None:
    """Return what the process tree holds now; None if the process ended, or is not ours to read."""
    try:
        root = psutil.Process(pid)
        if root.status() == psutil.STATUS_ZOMBIE:
            return None
        children = [child for child in root.children(recursive=True) if _is_alive(child)]
        files, sockets = _open(root)
        found = [_of_child(child) for child in children]
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return None
    return Holdings(
        main_bytes=_own_bytes(root),
        children_bytes=sum(size for size, _, _ in found),
        files=files + sum(files for _, files, _ in found),
        connections=len(sockets.union(*(sockets for _, _, sockets in found))),
    )


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _of_child(child: psutil.Process) -> tuple[int, int, set[str]]:
    """Return a child's memory, the number of its files, and its sockets; nothing if it ended meanwhile."""
    try:
        files, sockets = _open(child)
        return _own_bytes(child), files, sockets
    except (psutil.NoSuchProcess, FileNotFoundError):
        return 0, 0, set()


def _own_bytes(process: psutil.Process) -> int:
    memory = process.memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))


def _open(process: psutil.Process) -> tuple[int, set[str]]:
    """Return how many files a process has open, and the names of its sockets."""
    if not _PROC.is_dir():
        sockets = {f"{one.laddr} {one.raddr}" for one in process.net_connections("inet")}
        return max(0, process.num_fds() - len(sockets)) if hasattr(process, "num_fds") else 0, sockets
    targets = list(_targets(_PROC / str(process.pid) / "fd"))
    sockets = {target for target in targets if target.startswith(_SOCKET)}
    return sum(1 for target in targets if not target.startswith(_SOCKET)), sockets


def _targets(folder: Path) -> Iterator[str]:
    """Yield what each file descriptor leads to; one may be closed meanwhile."""
    for entry in os.scandir(folder):
        try:
            yield os.readlink(entry.path)
        except FileNotFoundError:
            continue
