"""Files that a user named, to be written or added to."""

from pathlib import Path

from bench.records.replacing import replace_text
from brokers.errors import UsageError

__all__ = ["append_text", "write_text"]


def write_text(path: Path, text: str) -> None:
    """Write the file, whole or not at all. Raises UsageError when it cannot be written."""
    try:
        replace_text(path, text)
    except OSError as error:
        raise _unwritable(path, error) from error


def append_text(path: Path, text: str) -> None:
    """Write at the end of the file. Raises UsageError when it cannot be written."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {path} ({error.strerror}): name a file in a folder that is there")
