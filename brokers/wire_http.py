"""Names the requests of HTTP/1.1 in the bytes that a client sends."""

import re

import h11

from brokers.wire import UNKNOWN
from brokers.wire_parser import printable

__all__ = ["HttpMeter"]

_LONGEST_HEAD_BYTES = 65_536
_LONGEST_PAIR_BYTES = 128
_FORM = b"application/x-www-form-urlencoded"
_ACTION = re.compile(rb"Action=(\w{1,64})", re.ASCII)


class HttpMeter:
    """Names requests: by the action that AWS's protocols put into a header or a form, or else by method and path.

    h11 reads one request to its end; the bytes beyond it belong to the next one.
    """

    def __init__(self) -> None:
        self._begin()
        self._is_deaf = False

    def _begin(self) -> None:
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD_BYTES)
        self._request: h11.Request | None = None
        self._form = _Form()

    def read(self, chunk: bytes) -> list[str]:
        """Take the next bytes, and return the names of the requests that they complete."""
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
        return printable(target.rpartition(b".")[2])
    path, _, query = request.target.partition(b"?")
    in_query = _Form()
    in_query.read(query)
    is_form = headers.get(b"content-type", b"").startswith(_FORM)
    action = in_query.action() or (form.action() if is_form else b"")
    return printable(action or request.method + b" " + path)


class _Form:
    """Finds ``Action=`` among ``name=value`` pairs separated by ``&``; kombu sends it last, after the message."""

    def __init__(self) -> None:
        self._action = self._beginning = b""

    def read(self, piece: bytes) -> None:
        """Take the next bytes; only the beginning of a long pair is kept."""
        *pairs, rest = (self._beginning + piece).split(b"&")
        for pair in pairs:
            self._look_at(pair)
        self._beginning = rest[:_LONGEST_PAIR_BYTES]

    def action(self) -> bytes:
        """Return the action once everything was read; empty if there is none."""
        self._look_at(self._beginning)
        return self._action

    def _look_at(self, pair: bytes) -> None:
        if found := _ACTION.fullmatch(pair):
            self._action = self._action or found[1]
