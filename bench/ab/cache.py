"""A cache of Python environments, keyed by their content and safe for any number of concurrent runs.

An environment is in it as a whole or not at all. Only the user can read it: its packages may have been fetched with a
password.
"""

import hashlib
import json
import os
import shutil
import stat
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from brokers.errors import NotWritten, UsageError
from brokers.writing import full_disk_in_one_line, is_full, probe

__all__ = ["cache_directory", "interpreter_of", "kept_environment", "scratch_directory"]

_HALF_MADE = ".making-"
_OF_EARLIER_VERSIONS = "brokerbench-pins.txt"  # earlier versions kept passwords in it
_USERS_ALONE = 0o700


def cache_directory() -> Path:
    """Return the cache's path below the user's cache directory, which ``XDG_CACHE_HOME`` can set.

    Raises UsageError if neither that nor the user's home is known.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        home = Path(named) if os.path.isabs(named) else Path.home() / ".cache"
    except RuntimeError as error:
        raise UsageError("no place for environments: HOME is not set; set it, or set XDG_CACHE_HOME") from error
    return home / "brokerbench" / "environments"


def kept_environment(content: Sequence[str], make: Callable[[Path], None]) -> str:
    """Return the interpreter of the environment with that content; if there is none, ``make`` creates it at a path.

    A new environment is built next to its final path and then moved, so a killed run leaves nothing that looks
    complete; the leftovers of such runs are removed. If two runs build the same environment, the first one wins.
    Raises UsageError when the cache cannot be written or made private.
    """
    cache = _private_cache()
    home = cache / hashlib.sha256(json.dumps(list(content)).encode()).hexdigest()[:32]
    if not interpreter_of(home).exists():
        shutil.rmtree(home, ignore_errors=True)  # its base Python is gone
        _make_at(home, make)
    return str(interpreter_of(home))


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """Yield a private directory and remove it after the block; the next run removes that of a killed run."""
    place = _new_place(_private_cache())
    place.mkdir(mode=_USERS_ALONE)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _private_cache() -> Path:
    """Create the cache, make everything in it private, also what an earlier version left, and return its path."""
    cache = cache_directory()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        probe(cache)
        _remove_half_made(cache)
        kept = (one for one in cache.iterdir() if one.is_dir() and not one.name.startswith(_HALF_MADE))
        for directory in (cache.parent, cache, *kept):
            with suppress(FileNotFoundError):  # another run removes it
                if stat.S_IMODE(directory.stat().st_mode) != _USERS_ALONE:
                    _make_private(directory)
    except OSError as error:
        failed = NotWritten if is_full(error) else UsageError
        raise failed(f"cannot keep environments in {cache}: {error.strerror}; set XDG_CACHE_HOME") from error
    return cache


def _make_private(directory: Path) -> None:
    """Make a directory and its contents accessible to the user only."""
    directory.chmod(_USERS_ALONE)
    for place, folders, names in os.walk(directory):
        for path in (Path(place, name) for name in (*folders, *names)):
            with suppress(FileNotFoundError):  # another run removes it
                _make_one_private(path)


def _make_one_private(path: Path) -> None:
    """Make a file or a directory private, except a file with other hard links: the installer's cache shares it."""
    if path.name == _OF_EARLIER_VERSIONS:
        path.unlink()
        return
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1):
        path.chmod(stat.S_IMODE(found.st_mode) & _USERS_ALONE)


def interpreter_of(home: Path) -> Path:
    """Return the path of an environment's interpreter."""
    return home / "Scripts" / "python.exe" if sys.platform == "win32" else home / "bin" / "python"


def _make_at(home: Path, make: Callable[[Path], None]) -> None:
    half_made = _new_place(home.parent)
    try:
        with full_disk_in_one_line(home.parent, "XDG_CACHE_HOME"):
            make(half_made)
            _make_private(half_made)
        with suppress(OSError):  # another run was faster, and its environment is the same
            half_made.rename(home)
    finally:
        shutil.rmtree(half_made, ignore_errors=True)


def _new_place(cache: Path) -> Path:
    return cache / f"{_HALF_MADE}{os.getpid()}-{uuid.uuid4().hex[:8]}"


def _remove_half_made(cache: Path) -> None:
    """Remove what killed runs left behind."""
    for left in cache.glob(f"{_HALF_MADE}*"):
        pid = left.name.removeprefix(_HALF_MADE).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
