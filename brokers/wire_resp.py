"""Names the commands of RESP, Redis's protocol, in the bytes that a client sends."""

from collections.abc import Generator

from brokers.wire import UNKNOWN
from brokers.wire_parser import NotTheProtocol, ParsingMeter, Unread, printable

__all__ = ["RespMeter"]

_LONGEST_COMMAND_BYTES = 64


class RespMeter(ParsingMeter):
    """Names commands (``LPUSH``): arrays of bulk strings whose first element is the name."""

    def __init__(self) -> None:
        super().__init__(_parse)


def _parse(unread: Unread, found: list[str]) -> Generator[None, None, None]:
    while True:
        strings = yield from unread.number_after(b"*")
        for index in range(strings):
            size = yield from unread.number_after(b"$")
            if size < 0:
                raise NotTheProtocol
            if index == 0 and size <= _LONGEST_COMMAND_BYTES:
                found.append(printable((yield from unread.take(size)).upper()))
            else:
                found += [UNKNOWN] if index == 0 else []
                yield from unread.skip(size)
            if (yield from unread.take(2)) != b"\r\n":
                raise NotTheProtocol
