"""Files that a user named, to be written or appended to.

They are checked before anything is measured, so that a wrong name or a full disk does not cost anyone a run.
"""

import os
import stat
from pathlib import Path

from bench.records.replacing import replace_text
from brokers.errors import UsageError
from brokers.writing import not_written, probe, unwritable

__all__ = ["append_text", "check_addition", "check_file", "check_new_file", "write_text"]

_REMEDY = "use a file in an existing, writable folder"


def check_file(path: Path) -> None:
    """Check that the file can be written, and leave nothing behind.

    Raises UsageError if it cannot, or if it exists and is not a regular file; NotWritten if its disk is full.
    """
    _refuse_special(path)
    try:
        probe(path.parent)
    except OSError as error:
        raise unwritable(path, error, _REMEDY) from error


def check_new_file(path: Path, option: str) -> None:
    """Do the same as ``check_file``, and raise UsageError if the file already exists."""
    if os.path.lexists(path):
        raise UsageError(f"{path} exists: use another file with {option}, or remove it")
    check_file(path)


def write_text(path: Path, text: str) -> None:
    """Write the file completely or not at all. Raises what ``check_file`` does, and NotWritten if writing fails."""
    _refuse_special(path)
    replace_text(path, text)


def check_addition(path: Path) -> None:
    """Check that text can be appended to the file, and do not change it. Raises what ``check_file`` does."""
    if not os.path.lexists(path):
        check_file(path)
        return
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)))
    except OSError as error:
        raise unwritable(path, error, _REMEDY) from error


def append_text(path: Path, text: str) -> None:
    """Append the text to the file, all or nothing. Raises NotWritten."""
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
    """Raise UsageError for a link, a folder, a pipe or a device: a file must not replace any of them."""
    if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
        raise UsageError(f"cannot write {path} (it is not a regular file): {_REMEDY}")
