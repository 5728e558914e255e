"""Finds out whether files can be written somewhere, by writing one, and says in one line why they cannot."""

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brokers.errors import BrokerbenchError, NotWritten, UsageError

__all__ = ["full_disk_in_one_line", "is_full", "new_name", "not_written", "probe", "says_full", "unwritable"]

_LEAST_BYTES = 64 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def new_name() -> str:
    """Return a name that no file has."""
    return f".brokerbench-{uuid.uuid4().hex}"


def probe(directory: Path, least_bytes: int = _LEAST_BYTES) -> None:
    """Write a file of that size in the directory, and remove it. Raises OSError if that fails."""
    path = directory / new_name()
    with path.open("xb") as file:
        try:
            file.write(bytes(least_bytes))
            file.flush()
        finally:
            path.unlink()


def is_full(error: OSError) -> bool:
    """Return True if the error means that a disk or a quota is full, or that the disk fails."""
    return error.errno in _FULL


def says_full(text: str) -> bool:
    """Return True if another program's output says that a disk or a quota is full."""
    return any(os.strerror(number) in text for number in (errno.ENOSPC, errno.EDQUOT))


def not_written(what: object, error: OSError, kept: str = "") -> NotWritten:
    """Return the error for what can no longer be written. ``kept`` says what still exists."""
    remedy = "free space on its disk" if is_full(error) else "check its folder"
    return NotWritten(f"cannot write {what} ({error.strerror}): {remedy}{f'; {kept}' if kept else ''}")


def unwritable(what: object, error: OSError, remedy: str) -> BrokerbenchError:
    """Return the error for what cannot be written in the first place, before anything is measured.

    It is NotWritten if the disk is full or fails; otherwise it is UsageError, with the remedy.
    """
    if is_full(error):
        return not_written(what, error)
    return UsageError(f"cannot write {what} ({error.strerror}): {remedy}")


@contextmanager
def full_disk_in_one_line(directory: Path, variable: str = "TMPDIR") -> Iterator[None]:
    """Raise NotWritten instead of an OSError that means that a disk is full.

    The block writes to ``directory``, which ``variable`` can move elsewhere.
    """
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        place = error.filename or f"in {directory}, or where the output goes"
        raise NotWritten(
            f"cannot write {place} ({error.strerror}): free space there, or set {variable} to another folder"
        ) from error
