"""One connection through a relay: two sockets, and what is on its way between them in each direction."""

import errno
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

from bench.relay.end import End
from bench.relay.http_faults import Passage
from bench.relay.line import Line
from bench.relay.loop import Loop
from bench.relay.passed import Passing
from bench.relay.sockets import READ, WRITE
from bench.relay.traffic import Conversation

__all__ = ["Address", "Connection", "Road"]

Address = tuple[int, Any]
"""Of a server: the address family, and what a socket of that family connects to."""
_BEGUN = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)
_Piece = bytes | Literal["end", "reset"]


class Road:
    """The connections that were opened while the network was in the same condition; in a black hole, none passes."""

    def __init__(self) -> None:
        self.is_hole = False
        self.connections: set[Connection] = set()


class Connection:
    """Passes on what client and server send each other, and how each of them ends.

    When one direction ends, the end is passed on and the other direction stays open. A reset resets the other side. A
    sender that is faster than the other side reads is slowed down. Connecting takes a round trip: the kernel accepts
    the client at once, but the relay begins to read, and connects to the server, only that much later. ``read_along``
    counts and transforms the bytes of both directions where the server is.
    """

    def __init__(
        self,
        loop: Loop,
        road: Road,
        client: socket.socket,
        lines: tuple[Line, Line],
        passing: Passing,
        read_along: tuple[Conversation, Passage] | None,
    ) -> None:
        self.road, self._loop, self._passing = road, loop, passing
        self._rtt_ns = lines[0].distance.rtt_ns
        self._client, self._server = End(loop, self._fail), End(loop, self._fail)
        self._client.socket = client
        self._to_server = _Way(self, lines[0], passing, (self._client, self._server))
        self._from_server = _Way(self, lines[1], passing, (self._server, self._client))
        if read_along:
            self._conversation, self._passage = read_along
            self._to_server.arriving, self._from_server.leaving = self._at_the_server, self._leaves_the_server
        road.connections.add(self)

    def connect(self, addresses: Sequence[Address]) -> None:
        """Connect to the first of these addresses that answers. If none does, the client is reset."""

        def begin() -> None:
            if self._client.socket:  # not closed meanwhile
                self._client.open(self._to_server.read, self._from_server.flow)
                self._client.stamp()
                self._to_server.listen()
                self._try(addresses)

        self._after(self._rtt_ns, begin)

    def _try(self, addresses: Sequence[Address]) -> None:
        if not addresses:
            self.reset()
            return
        (family, address), *others = addresses
        server = self._server.socket = socket.socket(family)
        server.setblocking(False)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected = partial(self._guard, partial(self._connected, server, others))
        if server.connect_ex(address) in _BEGUN:
            self._loop.watch(server, WRITE, lambda _: connected())
        else:
            self._server.close()
            self._try(others)

    def _connected(self, server: socket.socket, others: Sequence[Address]) -> None:
        if self._server.socket is not server:  # closed meanwhile
            return
        self._loop.watch(server, 0, _ignore)
        if server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._server.close()
            self._try(others)
            return
        self._server.open(self._from_server.read, self._to_server.flow)
        self._server.stamp()
        self._to_server.begin()
        self._from_server.begin()
        self._after(self._rtt_ns // 2, self._from_server.listen)  # it hears of its client that much later

    def _after(self, delay_ns: int, call: Callable[[], None]) -> None:
        """Call back after that time, or now if it is none."""
        if delay_ns:
            self.at(time.monotonic_ns() + delay_ns, call)
        else:
            call()

    def at(self, time_ns: int, call: Callable[[], None]) -> None:
        """Call back at that time of the monotonic clock."""
        self._loop.at(time_ns, partial(self._guard, call))

    def _guard(self, call: Callable[[], None]) -> None:
        """Call; an error of the relay's own resets this connection alone, and is known to its relay."""
        try:
            call()
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._passing.errors.append(error)
        self.reset()

    def _leaves_the_server(self, chunk: bytes) -> bytes:
        """Count what the server sends, and return what the client gets instead."""
        self._conversation.from_server(chunk)
        chunk = self._passage.from_server(chunk)
        if self._passage.is_cut:
            self._from_server.put(chunk)
            self._from_server.stop("end")
            return b""
        return chunk

    def _at_the_server(self, chunk: bytes) -> bytes:
        """Count what arrives at the server, and return what it gets instead."""
        self._conversation.to_server(chunk)
        for_server, for_client = self._passage.to_server(chunk)
        if for_client:
            self._from_server.put(for_client)
        return for_server

    def lose_receiver(self, way: "_Way") -> None:
        """Let the sender of a way see a reset as soon as it would hear of it: its receiver is gone."""
        way.drop()
        other = self._from_server if way is self._to_server else self._to_server
        other.stop("reset")

    def end_if_both_ended(self) -> None:
        """Close both sockets if both directions have ended."""
        if self._to_server.is_ended and self._from_server.is_ended:
            self.close()

    def reset(self) -> None:
        """Make both sides see a reset."""
        for end in (self._client, self._server):
            end.reset_at_close()
        self.close()

    def close(self) -> None:
        """Close both sockets; what is still on its way is lost."""
        self.road.connections.discard(self)
        for end in (self._client, self._server):
            end.close()
        for way in (self._to_server, self._from_server):
            way.drop()


class _Way:
    """One direction of a connection: the pieces in flight, and what the receiver had no room for."""

    def __init__(self, connection: Connection, line: Line, passing: Passing, ends: tuple[End, End]) -> None:
        self.is_ended = False
        """Whether the receiver was sent the end."""
        self._connection, self._line, self._passing = connection, line, passing
        self._sender, self._receiver = ends
        self._pieces: deque[tuple[int, _Piece]] = deque()
        self._in_flight_bytes = 0
        self._unsent = b""
        self.leaving: Callable[[bytes], bytes] | None = None
        """Returns what is sent instead of the sender's bytes."""
        self.arriving: Callable[[bytes], bytes] | None = None
        """Returns what the receiver gets instead of bytes that arrive."""
        self._last_ns = 0  # when the last piece arrives
        self._room_ns = 0  # since when the receiver has had room
        self._is_timed = self._is_read = False

    def begin(self) -> None:
        """Pass on what waited for the receiver to be connected."""
        self._room_ns = time.monotonic_ns()
        self.flow()

    def listen(self) -> None:
        """Read from the sender, unless it has ended or enough is in flight."""
        if not self._is_read and self._in_flight_bytes < self._line.window_bytes:
            self._sender.watch(READ)

    def read(self) -> None:
        """Take the next piece from the sender, or learn how it ended."""
        try:
            chunk = self._sender.receive(self._line.piece_bytes)
        except BlockingIOError:
            return
        except OSError:
            self.stop("reset")
            return
        if not chunk:
            self.stop("end")
            return
        if self.leaving:
            chunk = self.leaving(chunk)
        if chunk:
            self.put(chunk)

    def stop(self, how: Literal["end", "reset"]) -> None:
        """Read nothing more from the sender, and let the receiver hear that it ended."""
        self._is_read = True
        self._sender.ignore(READ)
        self._fly(how, 0)

    def put(self, chunk: bytes) -> None:
        """Send bytes to the receiver; they arrive at once if there is no distance, and nothing before them."""
        if self._line.is_zero and not self._pieces and self._can_pass():
            self._passing.pieces += 1
            self._arrive(chunk)
        else:
            self._fly(chunk, len(chunk))

    def _fly(self, piece: _Piece, size_bytes: int) -> None:
        """Put a piece into flight. It never arrives before the piece before it."""
        now_ns = time.monotonic_ns()
        sent_ns = now_ns - self._sender.age_ns
        arrival_ns = now_ns if self._line.is_zero else self._line.arrival_ns(sent_ns, size_bytes)
        self._last_ns = max(arrival_ns, self._last_ns)
        self._pieces.append((self._last_ns, piece))
        self._in_flight_bytes += size_bytes
        if self._in_flight_bytes >= self._line.window_bytes:
            self._sender.ignore(READ)
        if len(self._pieces) == 1:
            self.flow()

    def _can_pass(self) -> bool:
        return not self._unsent and self._receiver.is_open and not self._connection.road.is_hole

    def flow(self) -> None:
        """Pass on the pieces that have arrived, as far as the receiver has room."""
        if self._connection.road.is_hole:
            self._receiver.ignore(WRITE)
            return
        if self._unsent:
            self._send(self._unsent)
            self._room_ns = time.monotonic_ns()
        while self._pieces and self._can_pass():
            arrival_ns, piece = self._pieces[0]
            now_ns = time.monotonic_ns()
            if arrival_ns > now_ns:
                self._wait_until(arrival_ns)
                return
            self._pieces.popleft()
            if isinstance(piece, str):
                self._end(piece)
            else:
                late_ns = now_ns - max(arrival_ns, self._room_ns)
                self._passing.note(None if self._line.is_zero else late_ns)
                self._in_flight_bytes -= len(piece)
                self._arrive(piece)
                self.listen()

    def _wait_until(self, arrival_ns: int) -> None:
        if not self._is_timed:
            self._is_timed = True
            self._connection.at(arrival_ns, self._flow_in_time)

    def _flow_in_time(self) -> None:
        self._is_timed = False
        self.flow()

    def _end(self, how: str) -> None:
        if how == "reset":
            self._connection.reset()
            return
        self.is_ended = True
        try:
            self._receiver.send_end()
        except OSError:
            self._connection.lose_receiver(self)
        self._connection.end_if_both_ended()

    def _arrive(self, chunk: bytes) -> None:
        if self.arriving:
            chunk = self.arriving(chunk)
        if chunk:
            self._send(chunk)

    def _send(self, chunk: bytes) -> None:
        """Send as much as the receiver has room for, and keep the rest until it has more."""
        try:
            sent = self._receiver.send(chunk)
        except OSError:
            self._connection.lose_receiver(self)
            return
        if sent < len(chunk):
            self._unsent = chunk[sent:]
            self._receiver.watch(WRITE)
        elif self._unsent:
            self._unsent = b""
            self._receiver.ignore(WRITE)

    def drop(self) -> None:
        """Lose what is on its way, and read nothing more from the sender."""
        self._is_read = True
        self._sender.ignore(READ)
        self._receiver.ignore(WRITE)
        self._pieces.clear()
        self._in_flight_bytes, self._unsent = 0, b""


def _ignore(_: int) -> None:
    pass
