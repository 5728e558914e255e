"""What of the place where this runs hinders a part of the program: one function each, so a new check is one more.

Each returns a sentence with what it is, what follows from it, and what to do; empty if it does not apply here.
"""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from brokers.directories import SHARED_MEMORY
from brokers.outside import safe_line
from brokers.writing import probe

__all__ = ["hindrances"]

_FEW_FILES = 1024
_GIT_S = 10


def hindrances() -> list[str]:
    """Return the sentences that apply here; none on Windows, which has nothing of the kind."""
    if os.name != "posix":
        return []
    return [sentence for check in _CHECKS if (sentence := check())]


def _no_memory() -> str:
    if os.uname().sysname != "Linux" or SHARED_MEMORY.is_dir():
        return ""
    return (
        f"There is no {SHARED_MEMORY}, so workers record their tasks on a disk, which costs them time: mount one "
        "(docker: --shm-size=64m)."
    )


def _few_files() -> str:
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= _FEW_FILES:
        return ""
    return (
        f"Only {soft} files may be open, so sweeps of concurrency and all faults at once may fail: "
        f"run 'ulimit -n {_FEW_FILES}' first."
    )


def _no_home() -> str:
    named = os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME")
    lost = "so ab and bisect cannot keep the environments of requirements: set XDG_CACHE_HOME to a writable folder."
    if not named:
        return f"HOME is not set, {lost if _homeless() else 'so an app that reads it may fail: set it.'}"
    try:
        probe(_nearest(Path(named)))
    except OSError as error:
        return f"{safe_line(named)} cannot be written to ({error.strerror}), {lost}"
    return ""


def _homeless() -> bool:
    """Return True if the system does not know the user's home either."""
    try:
        Path.home()
    except RuntimeError:
        return True
    return False


def _nearest(place: Path) -> Path:
    """Return the place, or else the nearest folder around it that exists."""
    return next((one for one in (place, *place.parents) if one.is_dir()), Path("/"))


def _unknown_user() -> str:
    import pwd

    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        return (
            f"User id {os.getuid()} is not in /etc/passwd, so programs that ask for its name or home fail, and an app "
            "may be one: add an entry, or run as a known user."
        )
    return ""


def _others_repository() -> str:
    if "dubious ownership" not in _git("rev-parse", "--show-toplevel")[1]:
        return ""
    return (
        "The repository here belongs to another user, so git refuses it and ref= cannot check out: "
        'run git config --global --add safe.directory "$(pwd)".'
    )


def _shallow_clone() -> str:
    if _git("rev-parse", "--is-shallow-repository")[0] != "true":
        return ""
    return (
        "The repository here is a shallow clone, so ref= finds only its newest commits: run git fetch --unshallow "
        "(actions/checkout: fetch-depth: 0)."
    )


def _no_ipv6() -> str:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return (
            "There is no IPv6 here, so a URL with an IPv6 address reaches no server: use names or IPv4 addresses; "
            "private servers do."
        )
    return ""


def _git(*command: str) -> tuple[str, str]:
    """Return what git prints here, and its errors; nothing if it does not run."""
    own = {**os.environ, "LC_ALL": "C"}
    try:
        answer = subprocess.run(
            ["git", *command], capture_output=True, text=True, errors="replace", env=own, timeout=_GIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "", ""
    return answer.stdout.strip(), answer.stderr


_CHECKS: tuple[Callable[[], str], ...] = (
    _no_memory,
    _few_files,
    _no_home,
    _unknown_user,
    _others_repository,
    _shallow_clone,
    _no_ipv6,
)
