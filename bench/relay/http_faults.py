"""Faults of an HTTP service, which the relay in front of it applies to chosen requests.

For two of them the relay itself answers, and the server never sees the request: 503 and throttling, both as the
broker's service words them. For the other two the server processes the request: its answer never arrives, or the
connection ends in the middle of the body.
"""

import re
import time
from dataclasses import dataclass, field
from typing import Literal

from brokers.http_service import HttpService
from brokers.wire import UNKNOWN, Meter

__all__ = ["HttpFault", "HttpFaults", "HttpPassage", "Passage"]

HttpFault = Literal["503", "throttled", "timeout", "truncated"]

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class HttpFaults:
    """The requests that get a bad answer: the next ``left`` of an action. ``met_ns`` is when each of them came."""

    action: str = ""
    fault: HttpFault = "503"
    left: int = 0
    met_ns: list[int] = field(default_factory=list)

    def plan(self, action: str, fault: HttpFault, times: int) -> None:
        """Apply the fault to the next ``times`` requests of the action."""
        self.action, self.fault, self.met_ns = action, fault, []
        self.left = times  # last, because the relay's thread reads it first

    def forget(self) -> None:
        """Stop applying faults."""
        self.left = 0

    def take(self, action: str) -> HttpFault | None:
        """Return the fault of a request, and count it; None if it has none."""
        if not self.left or action != self.action:
            return None
        self.left -= 1
        self.met_ns.append(time.monotonic_ns())
        return self.fault


class Passage:
    """Transforms the bytes of one connection on their way; this one leaves them unchanged."""

    is_cut = False
    """Whether the client gets nothing more except the end."""

    def to_server(self, chunk: bytes) -> tuple[bytes, bytes]:
        """Take bytes from the client; return the bytes for the server and those for the client."""
        return chunk, b""

    def from_server(self, chunk: bytes) -> bytes:
        """Take bytes from the server; return the bytes for the client."""
        return chunk


class HttpPassage(Passage):
    """Passes on whole requests, except those with a planned fault.

    It does not support pipelining: a client that sends a request before it has the answer to the last one.
    """

    def __init__(self, faults: HttpFaults, service: HttpService, meter: Meter) -> None:
        self._faults, self._meter = faults, meter
        self._answers: dict[HttpFault | None, bytes] = {"503": service.unavailable, "throttled": service.throttled}
        self._request = self._answer = b""
        self._fault: HttpFault | None = None
        self._is_http = True

    def to_server(self, chunk: bytes) -> tuple[bytes, bytes]:
        """Hold a request back until it is complete; then pass it on, or answer it."""
        self._request += chunk
        actions = self._meter.read(chunk) if self._is_http else [UNKNOWN]
        if not actions:
            return b"", b""
        self._is_http = actions != [UNKNOWN]
        request, self._request = self._request, b""
        self._fault = self._faults.take(actions[-1])
        answer = self._answers.get(self._fault, b"")
        return (b"", answer) if answer else (request, b"")

    def from_server(self, chunk: bytes) -> bytes:
        """Pass on an answer, hold it back for ever, or pass on only its beginning."""
        if self._fault == "timeout":
            return b""
        if self._fault != "truncated":
            return chunk
        self._answer += chunk
        beginning = _beginning_of(self._answer)
        self.is_cut = bool(beginning)
        return beginning


def _beginning_of(answer: bytes) -> bytes:
    """Return the head and half of the body once all of it has come; without a body, half of the head."""
    head, end_of_head, body = answer.partition(_END_OF_HEAD)
    length = _LENGTH.search(head)
    size_bytes = int(length[1]) if length else max(len(body), 1)
    if not end_of_head or len(body) < size_bytes:
        return b""
    return head + end_of_head + body[: size_bytes // 2] if size_bytes else head[: len(head) // 2]
