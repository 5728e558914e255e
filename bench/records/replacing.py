"""Replaces an old file with a new one, completely or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from brokers.writing import new_name, not_written

__all__ = ["replace_text", "replacing"]


@contextmanager
def replacing(path: Path, kept: str = "") -> Iterator[BinaryIO]:
    """Yield a new file that replaces ``path`` when the block ends.

    A reader sees the complete old file or the complete new one. A link at ``path`` is replaced; its target stays.
    If replacing fails, this raises NotWritten, which says what is ``kept``, and the old file is unchanged.
    """
    beside = path.with_name(new_name())
    try:
        with beside.open("xb") as file:
            yield file
        beside.replace(path)
    except OSError as error:
        raise not_written(path, error, kept) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def replace_text(path: Path, text: str, kept: str = "") -> None:
    """Write the file as ``replacing`` does."""
    with replacing(path, kept) as file:
        file.write(text.encode())
