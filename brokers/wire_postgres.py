"""Names the statements of PostgreSQL's protocol, version 3, in the bytes that a client sends.

Source: "Message Formats" in PostgreSQL's documentation.
"""

import re
import struct
from collections.abc import Generator

from brokers.wire import UNKNOWN
from brokers.wire_parser import NotTheProtocol, ParsingMeter, Unread, printable

__all__ = ["PostgresMeter"]

_START = struct.Struct(">II")  # length with itself, code
_MESSAGE = struct.Struct(">cI")  # type, length with itself
_VERSION_3, _CANCEL, _ASKS_FOR_ENCRYPTION = 3, 80877102, (80877103, 80877104)  # 3 is the upper half of a code
_LONGEST_START = 10_000
_TYPES = b"BCDEFHPQSXcdfp"
_QUERY, _PARSE, _BIND = b"Q", b"P", b"B"
_READ_BYTES = 2_000  # statements are short: values are sent apart
_MOST_STATEMENTS = 1_000
_FUNCTION = re.compile(rb"\bpgmq\.\w+(?=\s*\()")
_WORD = re.compile(rb"\w+")


class PostgresMeter(ParsingMeter):
    """Names each executed statement: by its function of pgmq (``pgmq.send``), or else by its first word (``BEGIN``)."""

    def __init__(self) -> None:
        super().__init__(_parse)


def _parse(unread: Unread, found: list[str]) -> Generator[None, None, None]:
    yield from _start(unread)
    prepared: dict[bytes, str] = {}
    while True:
        kind, size = _MESSAGE.unpack((yield from unread.take(_MESSAGE.size)))
        size -= 4
        if kind not in _TYPES or size < 0:
            raise NotTheProtocol
        if kind not in (_QUERY, _PARSE, _BIND):
            yield from unread.skip(size)
            continue
        text = yield from unread.take(min(size, _READ_BYTES))
        yield from unread.skip(size - len(text))
        first, _, rest = text.partition(b"\0")
        if kind == _QUERY:
            found.append(_name(first))
        elif kind == _PARSE:
            prepared[first] = _name(rest.partition(b"\0")[0])
            if len(prepared) > _MOST_STATEMENTS:
                del prepared[next(iter(prepared))]
        else:
            found.append(prepared.get(rest.partition(b"\0")[0], UNKNOWN))


def _start(unread: Unread) -> Generator[None, None, None]:
    """Read up to the end of the message that begins a session."""
    while True:
        size, code = _START.unpack((yield from unread.take(_START.size)))
        if size == _START.size and code in _ASKS_FOR_ENCRYPTION:  # refused, or what follows cannot be read
            continue
        if not _START.size <= size <= _LONGEST_START or (code >> 16 != _VERSION_3 and code != _CANCEL):
            raise NotTheProtocol
        yield from unread.skip(size - _START.size)
        return


def _name(statement: bytes) -> str:
    if function := _FUNCTION.search(statement):
        return printable(function[0])
    word = _WORD.search(statement)
    return printable(word[0].upper()) if word else UNKNOWN
