"""Standard output and standard error that outlive their readers, and can show any text."""

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

__all__ = ["discard_output", "outlive_readers"]

_STANDARD = (0, 1, 2)


def outlive_readers() -> None:
    """Let this process finish whether or not anybody reads what it prints.

    What nobody reads any more is discarded, so ``| head -1`` changes no exit code. A character that the encoding lacks
    is escaped. Standard streams that the caller closed lead to nowhere, before a file or a socket can take their
    numbers. Errors of standard error are ignored: there is no other place to report them.
    """
    for number in _STANDARD:
        _open_if_closed(number)
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115 - as long as the process
    sys.stdout = _outliving(sys.stdout, 1, frozenset({errno.EPIPE}))
    sys.stderr = _outliving(sys.stderr, 2, None)


def discard_output() -> None:
    """Discard what standard output could not write: otherwise Python would try again at exit, and fail."""
    with suppress(OSError, ValueError):  # it is not a file but somebody's inside this process
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Outliving(io.FileIO):
    """A file that leads to nowhere once a write fails with one of these errors; with None, with any error."""

    def __init__(self, number: int, discarded: frozenset[int] | None) -> None:
        super().__init__(number, "wb", closefd=False)
        self._discarded = discarded

    def write(self, content: Any, /) -> int:
        """Write the bytes, or discard them."""
        try:
            return super().write(content)
        except OSError as error:
            if self._discarded is not None and error.errno not in self._discarded:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            return len(content)


def _outliving(stream: TextIO | None, number: int, discarded: frozenset[int] | None) -> TextIO:
    if stream is not None and not _leads_to(stream, number):
        return stream  # somebody reads it inside this process
    return io.TextIOWrapper(
        io.BufferedWriter(_Outliving(number, discarded)),
        encoding=stream.encoding if stream else "utf-8",
        errors="backslashreplace",
        line_buffering=number == 2 or bool(stream and stream.isatty()),  # noqa: PLR2004 - standard error
    )


def _leads_to(stream: TextIO, number: int) -> bool:
    try:
        return stream.fileno() == number
    except (OSError, ValueError):
        return False


def _open_if_closed(number: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
