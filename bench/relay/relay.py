"""A TCP relay on loopback between a subject and a server: it counts what passes, delays it, and breaks connections."""

import errno
import random
import socket
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from bench.records.distance import NEAR, Distance
from bench.relay.connection import Address, Connection, Road
from bench.relay.http_faults import HttpFaults, HttpPassage, Passage
from bench.relay.line import Line
from bench.relay.loop import Loop
from bench.relay.passed import Passed, Passing
from bench.relay.sockets import READ
from bench.relay.traffic import Conversation, Traffic, TrafficCount
from brokers.errors import BrokerUnavailable
from brokers.http_service import HttpService
from brokers.wire import WireProtocol

__all__ = ["LOOPBACK", "Relay"]

LOOPBACK = "127.0.0.1"
_BACKLOG = 512
_PAUSE_NS = 100_000_000
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Relay:
    """Listens on a free loopback port and passes every connection on to ``host:port``, until the block ends.

    It runs in its own thread, or in that of ``loop``. Any thread may call its methods; each takes effect before it
    returns. If the server cannot be reached, its client is accepted, counted, and reset. An error of the relay's own
    resets one connection at most; ``passed`` and the end of the block raise BrokerUnavailable then.

    ``protocol`` names the operations that are counted. ``service`` is needed for the faults of ``http``. ``seed``
    decides about the jitter and about which pieces stall. Without ``is_counting`` it does not read along: there is no
    traffic, no HTTP fault, and less to do for each piece.

    It works above the kernel, so the packets of a client in a black hole are still acknowledged until some buffers are
    full; only the answers never come. No packet is lost.
    """

    def __init__(
        self,
        host: str,
        port: int,
        protocol: WireProtocol | None = None,
        service: HttpService | None = None,
        seed: int = 0,
        loop: Loop | None = None,
        is_counting: bool = True,
    ) -> None:
        self.host = LOOPBACK
        self.port = 0
        self.http = HttpFaults()
        self._is_counting = is_counting
        self._server, self._addresses = (host, port), list[Address]()
        self._protocol, self._service = protocol, service
        self._loop, self._is_own_loop = loop or Loop(), loop is None
        rng = random.Random(seed)  # noqa: S311 - not a secret
        self._lines = Line(rng), Line(rng)
        self._road, self._roads = Road(), list[Road]()
        self._count, self._passing = TrafficCount(), Passing()

    def __enter__(self) -> Self:
        self._addresses = _addresses(*self._server)
        self._listener = socket.create_server((LOOPBACK, 0), backlog=_BACKLOG)
        self._listener.setblocking(False)
        self._is_listening = True
        self.port = self._listener.getsockname()[1]
        if self._is_own_loop:
            self._loop.start()
        self._since_ns, self._worked_ns = time.monotonic_ns(), self._loop.worked_ns
        self._loop.call(self._watch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call(self._end)
        if self._is_own_loop:
            self._loop.stop()
        if error is None:
            self._check()

    def set_distance(self, distance: Distance = NEAR, own_ns: int = 0) -> None:
        """Put the server at this distance; ``own_ns`` of a round trip are the relay's own, and are not added.

        Without arguments, nothing is delayed any longer.
        """

        def set_lines() -> None:
            for line in self._lines:
                line.set(distance, own_ns // 2)

        self._loop.call(set_lines)

    def reset(self) -> None:
        """Reset all connections except those in a black hole; new ones work."""

        def reset() -> None:
            for connection in list(self._road.connections):
                connection.reset()

        self._loop.call(reset)

    def refuse(self) -> None:
        """Reset all connections, and refuse new ones."""
        self._loop.call(self._stop_listening)
        self.reset()

    def admit(self) -> None:
        """Accept new connections again."""

        def listen() -> None:
            self._listener.listen(_BACKLOG)
            self._is_listening = True
            self._watch()

        self._loop.call(listen)

    def swallow(self, *, new_ones: bool = False) -> None:
        """Stop passing anything on the open connections, for ever: no byte, no end and no reset, in either direction.

        New connections work; with ``new_ones`` they are accepted and swallowed, too, until ``spare_new_ones``.
        """

        def dig() -> None:
            self._road.is_hole = True
            if not new_ones:
                self._build()

        self._loop.call(dig)

    def spare_new_ones(self) -> None:
        """Let connections that are opened from now on work again."""
        self._loop.call(self._build)

    def _build(self) -> None:
        """Begin a new road; keep the old one while it has connections."""
        self._roads = [road for road in [*self._roads, self._road] if road.connections]
        self._road = Road()

    def traffic(self) -> Traffic:
        """Return the counts up to now, as the server sees them: without what is still on its way to it."""
        return self._count.read()

    def traffic_at_rest(self, quiet_s: float = 0.05, patience_s: float = 5.0) -> Traffic:
        """Wait until nothing passed for ``quiet_s``, or until ``patience_s`` is over, and return the counts.

        A client may finish before its last bytes passed: in AMQP, it does not wait for an answer to each message.
        """
        deadline_s, before = time.monotonic() + patience_s, None
        while before != (now := self._loop.call(self.traffic)) and time.monotonic() < deadline_s:
            before = now
            time.sleep(min(quiet_s, max(0.0, deadline_s - time.monotonic())))
        return self.traffic()

    def passed(self) -> Passed:
        """Return what passed since this was last asked, or since the start.

        Raises BrokerUnavailable after an error of the relay itself.
        """

        def take() -> Passed:
            self._check()
            pieces, late_us = self._passing.take()
            now_ns, worked_ns = time.monotonic_ns(), self._loop.worked_ns
            since_ns, self._since_ns = self._since_ns, now_ns
            before_ns, self._worked_ns = self._worked_ns, worked_ns
            return Passed(pieces=pieces, late_us=late_us, worked_ns=worked_ns - before_ns, passed_ns=now_ns - since_ns)

        return self._loop.call(take)

    def _check(self) -> None:
        for error in (*self._passing.errors, *self._loop.errors):
            raise BrokerUnavailable(f"the relay failed: {type(error).__name__}: {error}") from error

    def _watch(self) -> None:
        if self._is_listening:
            self._loop.watch(self._listener, READ, self._accept)

    def _accept(self, _: int) -> None:
        try:
            client, _address = self._listener.accept()
        except OSError as error:
            if error.errno in _NO_ROOM:
                self._pause(error)
            return  # else the client is gone already
        client.setblocking(False)
        with suppress(OSError):  # macOS: a client that is gone
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        read_along = (Conversation(self._count, self._protocol), self._passage()) if self._is_counting else None
        connection = Connection(self._loop, self._road, client, self._lines, self._passing, read_along)
        connection.connect(self._addresses)

    def _pause(self, error: OSError) -> None:
        """Accept nobody for a while: without a pause, the loop would try again and again."""
        self._passing.errors.append(error)
        self._loop.watch(self._listener, 0, self._accept)
        self._loop.at(time.monotonic_ns() + _PAUSE_NS, self._watch)

    def _passage(self) -> Passage:
        """Return the passage that the bytes of a new connection go through."""
        if self._service is None or self._protocol is None:
            return Passage()
        return HttpPassage(self.http, self._service, self._protocol.from_client())

    def _stop_listening(self) -> None:
        """Keep the port with a socket that is bound but does not listen: the kernel refuses connections to it."""
        self._is_listening = False
        self._loop.watch(self._listener, 0, self._accept)
        self._listener.close()
        self._listener = socket.socket()
        self._listener.setblocking(False)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((LOOPBACK, self.port))

    def _end(self) -> None:
        self._is_listening = False
        self._loop.watch(self._listener, 0, self._accept)
        self._listener.close()
        for road in [*self._roads, self._road]:
            for connection in list(road.connections):
                connection.close()


def _addresses(host: str, port: int) -> list[Address]:
    """Return where a server can be reached; none if its name is unknown."""
    with suppress(OSError):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [(family, address) for family, _, _, _, address in found]
    return []
