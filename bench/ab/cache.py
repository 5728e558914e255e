"""A directory of environments that are kept by their content, whole or not at all, for any number of runs at once."""

import hashlib
import json
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from brokers.errors import NotWritten, UsageError
from brokers.writing import full_disk_in_one_line, is_full, probe

__all__ = ["cache_directory", "interpreter_of", "kept_environment"]

_HALF_MADE = ".making-"


def cache_directory() -> Path:
    """Give the place under the user's cache directory, which ``XDG_CACHE_HOME`` may name."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(named) if os.path.isabs(named) else Path.home() / ".cache"
    return home / "brokerbench" / "environments"


def kept_environment(content: Sequence[str], make: Callable[[Path], None]) -> str:
    """Give the interpreter of the environment of that content; ``make`` makes it at a place, where there is none yet.

    It is made beside its place and then moved there, so that a killed run leaves nothing that would be taken for one;
    what such a run left is removed. Of two runs that make the same, the first wins.
    """
    cache = cache_directory()
    home = cache / hashlib.sha256(json.dumps(list(content)).encode()).hexdigest()[:32]
    if not interpreter_of(home).exists():
        try:
            cache.mkdir(parents=True, exist_ok=True)
            probe(cache)
        except OSError as error:
            failed = NotWritten if is_full(error) else UsageError
            raise failed(f"cannot keep environments in {cache}: {error.strerror}; set XDG_CACHE_HOME") from error
        _remove_half_made(cache)
        shutil.rmtree(home, ignore_errors=True)  # the Python that it was made of is no more
        _make_at(home, make)
    return str(interpreter_of(home))


def interpreter_of(home: Path) -> Path:
    """Name an environment's interpreter."""
    return home / "Scripts" / "python.exe" if sys.platform == "win32" else home / "bin" / "python"


def _make_at(home: Path, make: Callable[[Path], None]) -> None:
    half_made = home.parent / f"{_HALF_MADE}{os.getpid()}-{uuid.uuid4().hex[:8]}"
    try:
        with full_disk_in_one_line(home.parent, "XDG_CACHE_HOME"):
            make(half_made)
        with suppress(OSError):  # another run was faster, and its environment is the same
            half_made.rename(home)
    finally:
        shutil.rmtree(half_made, ignore_errors=True)


def _remove_half_made(cache: Path) -> None:
    """Remove what runs left that are no more."""
    for left in cache.glob(f"{_HALF_MADE}*"):
        pid = left.name.removeprefix(_HALF_MADE).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
