"""Names the operations of AMQP 0-9-1 in the bytes of one direction of one connection."""

import re
import struct
from collections.abc import Generator

from amqp import spec

from brokers.wire import UNKNOWN
from brokers.wire_parser import NotTheProtocol, ParsingMeter, Unread

__all__ = ["AmqpMeter"]

_FRAME = struct.Struct(">BHI")  # type, channel, size
_METHOD = struct.Struct(">HH")  # class, method
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")
_METHOD_FRAME, _HEARTBEAT_FRAME = 1, 8
_FRAMES = (_METHOD_FRAME, 2, 3, _HEARTBEAT_FRAME)  # 2 and 3 are a message's header and body
_FRAME_END = b"\xce"
_PROTOCOL_HEADER = b"AMQP"
_CLASSES = (spec.Connection, spec.Channel, spec.Exchange, spec.Queue, spec.Basic, spec.Confirm, spec.Tx)


class AmqpMeter(ParsingMeter):
    """Names methods (``basic.publish``) and heartbeats; a message's header and body are part of its method."""

    def __init__(self) -> None:
        super().__init__(_parse)


def _parse(unread: Unread, found: list[str]) -> Generator[None, None, None]:
    while True:
        start = yield from unread.take(_FRAME.size)
        if start.startswith(_PROTOCOL_HEADER):
            yield from unread.skip(1)
            continue
        kind, _, size = _FRAME.unpack(start)
        if kind not in _FRAMES or (kind == _METHOD_FRAME and size < _METHOD.size):
            raise NotTheProtocol
        if kind == _METHOD_FRAME:
            method = _METHOD.unpack((yield from unread.take(_METHOD.size)))
            size -= _METHOD.size
            found.append(_METHOD_NAMES.get(method, UNKNOWN))
        elif kind == _HEARTBEAT_FRAME:
            found.append("heartbeat")
        yield from unread.skip(size)
        if (yield from unread.take(1)) != _FRAME_END:
            raise NotTheProtocol


def _names_of_methods() -> dict[tuple[int, int], str]:
    """Write py-amqp's names as the specification does: ``Queue.DeclareOk`` is ``queue.declare-ok``."""
    return {
        number: f"{methods.__name__}.{_HUMP.sub('-', name)}".lower()
        for methods in _CLASSES
        for name, number in vars(methods).items()
        if isinstance(number, tuple)
    }


_METHOD_NAMES = _names_of_methods()
