"""Names the operations in the bytes that pass, of AMQP 0-9-1, Redis's RESP and HTTP/1.1.

A meter reads one direction of one connection. It takes chunks cut anywhere, keeps no body, and never raises: an
operation of unknown name is ``unknown``, and so is, once, everything from the first bytes on that are not the
protocol's. Who speaks it cannot go on after those either: the server would close the connection.
"""

import re
import struct
from collections.abc import Callable, Generator
from typing import Protocol

import h11
from amqp import spec

from brokers.wire import WireProtocol

__all__ = ["UNKNOWN", "Meter", "meters"]

UNKNOWN = "unknown"

_FRAME = struct.Struct(">BHI")  # type, channel, size
_METHOD = struct.Struct(">HH")  # class, method
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")
_METHOD_FRAME, _HEARTBEAT_FRAME = 1, 8
_FRAMES = (_METHOD_FRAME, 2, 3, _HEARTBEAT_FRAME)  # 2 and 3 are a message's header and body
_FRAME_END = b"\xce"
_PROTOCOL_HEADER = b"AMQP"
_CLASSES = (spec.Connection, spec.Channel, spec.Exchange, spec.Queue, spec.Basic, spec.Confirm, spec.Tx)

_LONGEST_NUMBER = 20  # digits
_LONGEST_COMMAND_BYTES = 64

_LONGEST_HEAD_BYTES = 65_536
_LONGEST_PAIR_BYTES = 128
_FORM = b"application/x-www-form-urlencoded"
_ACTION = re.compile(rb"Action=(\w{1,64})", re.ASCII)


class Meter(Protocol):
    """Reads one direction of one connection."""

    def read(self, chunk: bytes) -> list[str]:
        """Take the next bytes, and return the names of the operations that they made known."""
        ...


def meters(protocol: WireProtocol) -> tuple[Meter, Meter]:
    """Return the meters of a new connection: of what the client sends, and of what the server sends.

    Redis and HTTP servers only answer, and answers are not counted.
    """
    if protocol == "amqp":
        return _Parsed(_amqp), _Parsed(_amqp)
    if protocol == "resp":
        return _Parsed(_resp), _Deaf()
    if protocol == "http":
        return _Http(), _Deaf()
    return _Deaf(), _Deaf()


class _Deaf:
    """Reads nothing."""

    def read(self, chunk: bytes) -> list[str]:
        return []


class _NotTheProtocol(Exception):
    """These bytes cannot be what the meter reads."""


class _Source:
    """The bytes that came and were not parsed yet. What waits for more yields."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, chunk: bytes) -> None:
        self._bytes += chunk

    def take(self, count: int) -> Generator[None, None, bytes]:
        while len(self._bytes) < count:
            yield
        return self._cut(count)

    def skip(self, count: int) -> Generator[None, None, None]:
        while count > len(self._bytes):
            count -= len(self._bytes)
            self._bytes.clear()
            yield
        self._cut(count)

    def number_after(self, sign: bytes) -> Generator[None, None, int]:
        """Take a line of RESP: a sign, a decimal number, CR LF."""
        while (end := self._bytes.find(b"\r\n", 0, _LONGEST_NUMBER)) < 0:
            if len(self._bytes) >= _LONGEST_NUMBER or not self._bytes.startswith(sign[: len(self._bytes)]):
                raise _NotTheProtocol
            yield
        line = self._cut(end + 2)
        if not line.startswith(sign) or not re.fullmatch(rb"-?\d+", line[1:-2]):
            raise _NotTheProtocol
        return int(line[1:-2])

    def _cut(self, count: int) -> bytes:
        taken = bytes(self._bytes[:count])
        del self._bytes[:count]
        return taken


_Parser = Callable[[_Source, list[str]], Generator[None, None, None]]


class _Parsed:
    """A meter made of a parser, which goes on where it waited for more."""

    def __init__(self, parser: _Parser) -> None:
        self._source, self._found = _Source(), list[str]()
        self._parsing: Generator[None, None, None] | None = parser(self._source, self._found)

    def read(self, chunk: bytes) -> list[str]:
        if self._parsing is None:
            return []
        self._source.feed(chunk)
        try:
            next(self._parsing)
        except _NotTheProtocol:
            self._parsing = None
            self._found.append(UNKNOWN)
        found = self._found.copy()
        self._found.clear()
        return found


def _amqp(source: _Source, found: list[str]) -> Generator[None, None, None]:
    """Name methods (``basic.publish``) and heartbeats; a message's header and body are part of its method."""
    while True:
        start = yield from source.take(_FRAME.size)
        if start.startswith(_PROTOCOL_HEADER):
            yield from source.skip(1)
            continue
        kind, _, size = _FRAME.unpack(start)
        if kind not in _FRAMES or (kind == _METHOD_FRAME and size < _METHOD.size):
            raise _NotTheProtocol
        if kind == _METHOD_FRAME:
            method = _METHOD.unpack((yield from source.take(_METHOD.size)))
            size -= _METHOD.size
            found.append(_METHOD_NAMES.get(method, UNKNOWN))
        elif kind == _HEARTBEAT_FRAME:
            found.append("heartbeat")
        yield from source.skip(size)
        if (yield from source.take(1)) != _FRAME_END:
            raise _NotTheProtocol


def _names_of_methods() -> dict[tuple[int, int], str]:
    """Write py-amqp's names as the specification does: ``Queue.DeclareOk`` is ``queue.declare-ok``."""
    return {
        number: f"{methods.__name__}.{_HUMP.sub('-', name)}".lower()
        for methods in _CLASSES
        for name, number in vars(methods).items()
        if isinstance(number, tuple)
    }


_METHOD_NAMES = _names_of_methods()


def _resp(source: _Source, found: list[str]) -> Generator[None, None, None]:
    """Name commands (``LPUSH``): arrays of bulk strings, of which the first is the name."""
    while True:
        strings = yield from source.number_after(b"*")
        for index in range(strings):
            size = yield from source.number_after(b"$")
            if size < 0:
                raise _NotTheProtocol
            if index == 0 and size <= _LONGEST_COMMAND_BYTES:
                found.append(_printable((yield from source.take(size)).upper()))
            else:
                found += [UNKNOWN] if index == 0 else []
                yield from source.skip(size)
            if (yield from source.take(2)) != b"\r\n":
                raise _NotTheProtocol


class _Http:
    """Names requests: the action that AWS's protocols put into a header or a form, else method and path.

    h11 reads one request to its end; what came beyond it is the next one's.
    """

    def __init__(self) -> None:
        self._begin()
        self._is_deaf = False

    def _begin(self) -> None:
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD_BYTES)
        self._request: h11.Request | None = None
        self._form = _Form()

    def read(self, chunk: bytes) -> list[str]:
        found: list[str] = []
        try:
            while chunk and not self._is_deaf:
                chunk = self._read_one(chunk, found)
        except h11.RemoteProtocolError:
            self._is_deaf = True
            found.append(UNKNOWN)
        return found

    def _read_one(self, chunk: bytes, found: list[str]) -> bytes:
        """Read up to the end of a request, and return the bytes beyond it."""
        self._connection.receive_data(chunk)
        while (event := self._connection.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Request):
                self._request = event
            elif isinstance(event, h11.Data):
                self._form.read(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and self._request:
                found.append(_name_of_request(self._request, self._form))
                beyond, _ = self._connection.trailing_data
                self._begin()
                return beyond
        return b""


def _name_of_request(request: h11.Request, form: "_Form") -> str:
    headers = dict(request.headers)
    if target := headers.get(b"x-amz-target"):
        return _printable(target.rpartition(b".")[2])
    path, _, query = request.target.partition(b"?")
    in_query = _Form()
    in_query.read(query)
    is_form = headers.get(b"content-type", b"").startswith(_FORM)
    action = in_query.action() or (form.action() if is_form else b"")
    return _printable(action or request.method + b" " + path)


class _Form:
    """Finds ``Action=`` among ``name=value`` pairs with ``&`` between; kombu's comes last, after the message."""

    def __init__(self) -> None:
        self._action = self._beginning = b""

    def read(self, piece: bytes) -> None:
        """Take the next bytes; of a long pair only the beginning is kept."""
        *pairs, rest = (self._beginning + piece).split(b"&")
        for pair in pairs:
            self._look_at(pair)
        self._beginning = rest[:_LONGEST_PAIR_BYTES]

    def action(self) -> bytes:
        """Return the action once all was read; empty if there is none."""
        self._look_at(self._beginning)
        return self._action

    def _look_at(self, pair: bytes) -> None:
        if found := _ACTION.fullmatch(pair):
            self._action = self._action or found[1]


def _printable(name: bytes) -> str:
    """Return a name as text; what is none is unknown."""
    text = name.decode("ascii", errors="replace")
    return text if name and name.isascii() and text.isprintable() else UNKNOWN
