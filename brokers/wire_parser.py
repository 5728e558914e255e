"""Reads a protocol's bytes as they arrive, cut anywhere, and keeps no body."""

import re
from collections.abc import Callable, Generator

from brokers.wire import UNKNOWN

__all__ = ["NotTheProtocol", "Parser", "ParsingMeter", "Unread", "printable"]

_LONGEST_NUMBER = 20  # digits


class NotTheProtocol(Exception):
    """These bytes are not of the protocol that the parser reads."""


class Unread:
    """The bytes that arrived and were not parsed yet. A reader that needs more bytes yields."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes."""
        self._bytes += chunk

    def take(self, count: int) -> Generator[None, None, bytes]:
        """Return that many bytes."""
        while len(self._bytes) < count:
            yield
        return self._cut(count)

    def skip(self, count: int) -> Generator[None, None, None]:
        """Skip that many bytes, as they arrive."""
        while count > len(self._bytes):
            count -= len(self._bytes)
            self._bytes.clear()
            yield
        self._cut(count)

    def number_after(self, sign: bytes) -> Generator[None, None, int]:
        """Return the number from a line of a sign, a decimal number, CR LF. Raises NotTheProtocol for anything else."""
        while (end := self._bytes.find(b"\r\n", 0, _LONGEST_NUMBER)) < 0:
            if len(self._bytes) >= _LONGEST_NUMBER or not self._bytes.startswith(sign[: len(self._bytes)]):
                raise NotTheProtocol
            yield
        line = self._cut(end + 2)
        if not line.startswith(sign) or not re.fullmatch(rb"-?\d+", line[1:-2]):
            raise NotTheProtocol
        return int(line[1:-2])

    def _cut(self, count: int) -> bytes:
        taken = bytes(self._bytes[:count])
        del self._bytes[:count]
        return taken


Parser = Callable[[Unread, list[str]], Generator[None, None, None]]
"""Takes bytes from the first and adds the names of operations to the second, without end."""


class ParsingMeter:
    """A meter made from a parser; it continues where it waited for more bytes."""

    def __init__(self, parser: Parser) -> None:
        self._unread, self._found = Unread(), list[str]()
        self._parsing: Generator[None, None, None] | None = parser(self._unread, self._found)

    def read(self, chunk: bytes) -> list[str]:
        """Take the next bytes, and return the names of the operations that they revealed."""
        if self._parsing is None:
            return []
        self._unread.feed(chunk)
        try:
            next(self._parsing)
        except NotTheProtocol:
            self._parsing = None
            self._found.append(UNKNOWN)
        found = self._found.copy()
        self._found.clear()
        return found


def printable(name: bytes) -> str:
    """Return a name as text; UNKNOWN if it is not printable ASCII."""
    text = name.decode("ascii", errors="replace")
    return text if name and name.isascii() and text.isprintable() else UNKNOWN
