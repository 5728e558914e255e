"""Files that a user named, to be written or added to.

They are checked before anything is measured, so that a wrong name or a full disk costs nobody a run.
"""

import os
import stat
from pathlib import Path

from bench.records.replacing import replace_text
from brokers.errors import UsageError
from brokers.writing import not_written, probe, unwritable

__all__ = ["append_text", "check_addition", "check_file", "check_new_file", "write_text"]

_REMEDY = "name a file in a folder that is there and can be written to"


def check_file(path: Path) -> None:
    """Find out whether the file can be written, and leave nothing.

    Raises UsageError when it cannot, or is there and not a regular file; NotWritten when its disk is full.
    """
    _refuse_special(path)
    try:
        probe(path.parent)
    except OSError as error:
        raise unwritable(path, error, _REMEDY) from error


def check_new_file(path: Path, option: str) -> None:
    """Do as ``check_file`` does, and raise UsageError when there is such a file already."""
    if os.path.lexists(path):
        raise UsageError(f"{path} exists: give another file with {option}, or remove it")
    check_file(path)


def write_text(path: Path, text: str) -> None:
    """Write the file, whole or not at all. Raises what ``check_file`` does, but NotWritten where writing failed."""
    _refuse_special(path)
    replace_text(path, text)


def check_addition(path: Path) -> None:
    """Find out whether text can be added to the file, and leave it as it is. Raises what ``check_file`` does."""
    if not os.path.lexists(path):
        check_file(path)
        return
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)))
    except OSError as error:
        raise unwritable(path, error, _REMEDY) from error


def append_text(path: Path, text: str) -> None:
    """Write at the end of the file, all or nothing. Raises NotWritten."""
    try:
        with path.open("ab", buffering=0) as file:
            before = os.fstat(file.fileno())
            try:
                _write_all(file.fileno(), text.encode())
            except OSError:
                if stat.S_ISREG(before.st_mode):
                    file.truncate(before.st_size)
                raise
    except OSError as error:
        raise not_written(path, error) from error


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _refuse_special(path: Path) -> None:
    """Raise UsageError for a link, a folder, a pipe or a device: none is to be replaced by a file."""
    if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
        raise UsageError(f"cannot write {path} (it is not a regular file): {_REMEDY}")
