"""One connection through a relay: two sockets, and what is on its way between them in each direction."""

import errno
import os
import selectors
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Literal

from bench.relay.http_faults import Passage
from bench.relay.line import Line
from bench.relay.loop import Loop
from bench.relay.passed import Passing
from bench.relay.traffic import Conversation

__all__ = ["Address", "Connection", "Road"]

Address = tuple[int, Any]
"""Of a server: the address family, and what a socket of that family connects to."""
_LINGER = struct.Struct("hh" if os.name == "nt" else "ii")
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
    sender that is faster than the other side reads is slowed down. Connecting takes a round trip: the client's own
    connection is there at once, so its first bytes wait that long.
    """

    def __init__(
        self,
        loop: Loop,
        road: Road,
        client: socket.socket,
        lines: tuple[Line, Line],
        conversation: Conversation,
        passage: Passage,
        passing: Passing,
    ) -> None:
        self.road, self._loop = road, loop
        self._conversation, self._passage = conversation, passage
        begin_ns, rtt_ns = time.monotonic_ns(), lines[0].distance.rtt_ns
        self._open_ns = begin_ns + rtt_ns
        self._client, self._server = _End(loop), _End(loop)
        self._to_server = _Way(self, lines[0], passing, (self._client, self._server), begin_ns + rtt_ns)
        self._from_server = _Way(self, lines[1], passing, (self._server, self._client), begin_ns + rtt_ns // 2)
        road.connections.add(self)
        self._client.open(client, self._to_server.read, self._from_server.flow)

    def connect(self, addresses: Sequence[Address]) -> None:
        """Begin to connect to the first of these addresses that answers. Without any, the client is reset."""
        if not addresses:
            self.at(self._open_ns, self.reset)
            return
        (family, address), *others = addresses
        server = socket.socket(family)
        server.setblocking(False)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def connected(_: int) -> None:
            if self._server.socket is not server:  # closed meanwhile
                return
            self._loop.watch(server, 0, connected)
            if server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._server.close()
                self.connect(others)
            else:
                self._server.open(server, self._from_server.read, self._to_server.flow)
                self._to_server.flow()

        self._server.socket = server
        if server.connect_ex(address) in _BEGUN:
            self._loop.watch(server, selectors.EVENT_WRITE, connected)
        else:
            self._server.close()
            self.connect(others)

    def at(self, time_ns: int, call: Callable[[], None]) -> None:
        """Call back at that time of the monotonic clock."""
        self._loop.at(time_ns, call)

    def arrived(self, way: "_Way", chunk: bytes) -> bytes:
        """Count bytes that have arrived, and return those that the receiver gets instead."""
        if way is self._from_server:
            self._conversation.from_server(chunk)
            chunk = self._passage.from_server(chunk)
            if self._passage.is_cut:
                way.end_now()
            return chunk
        self._conversation.to_server(chunk)
        for_server, for_client = self._passage.to_server(chunk)
        if for_client:
            self._from_server.send(for_client)
        return for_server

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
        self._client.close()
        self._server.close()


class _End:
    """One of the two sockets, and for which of its events the loop calls back."""

    def __init__(self, loop: Loop) -> None:
        self.socket: socket.socket | None = None
        self.is_open = False
        self._loop, self._events = loop, 0

    def open(self, connected: socket.socket, read: Callable[[], None], flow: Callable[[], None]) -> None:
        """Begin to call back when there is something to read, or room to write."""
        self.socket, self.is_open = connected, True
        self._read, self._flow = read, flow
        self.watch(selectors.EVENT_READ)

    def watch(self, event: int) -> None:
        """Have the loop call back at this event."""
        self._set(self._events | event)

    def ignore(self, event: int) -> None:
        """Have the loop not call back at this event any more."""
        self._set(self._events & ~event)

    def _set(self, events: int) -> None:
        if self.socket is not None and self.is_open and events != self._events:
            self._events = events
            self._loop.watch(self.socket, events, self._call)

    def _call(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._flow()
        if events & selectors.EVENT_READ and self._events & selectors.EVENT_READ:
            self._read()

    def receive(self, size_bytes: int) -> bytes:
        """Return what there is to read, up to that size; nothing at the end. Raises OSError."""
        return self.socket.recv(size_bytes) if self.socket else b""

    def send(self, chunk: bytes) -> int:
        """Write as much as there is room for, and return how much that was. Raises OSError."""
        with suppress(BlockingIOError):
            return self.socket.send(chunk) if self.socket else 0
        return 0

    def send_end(self) -> None:
        """Let the other program read the end. Raises OSError."""
        if self.socket:
            self.socket.shutdown(socket.SHUT_WR)

    def reset_at_close(self) -> None:
        """Let the other program see a reset instead of an end when the socket is closed."""
        if self.socket:
            with suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.pack(1, 0))

    def close(self) -> None:
        """Close the socket, if it is not closed yet."""
        if self.socket is not None:
            self._loop.watch(self.socket, 0, self._call)
            self.socket.close()
        self.socket, self.is_open, self._events = None, False, 0


class _Way:
    """One direction of a connection: the pieces in flight, and what the receiver had no room for."""

    def __init__(
        self, connection: Connection, line: Line, passing: Passing, ends: tuple[_End, _End], open_ns: int
    ) -> None:
        self.is_ended = False
        self._connection, self._line, self._passing = connection, line, passing
        self._sender, self._receiver = ends
        self._open_ns = self._last_ns = 0 if line.is_zero else open_ns
        self._pieces: deque[tuple[int, _Piece]] = deque()
        self._in_flight_bytes = 0
        self._unsent = b""
        self._was_full = self._is_timed = self._is_read = False

    def read(self) -> None:
        """Take the next piece from the sender, or learn how it ended."""
        piece: _Piece
        try:
            piece = self._sender.receive(self._line.piece_bytes) or "end"
        except BlockingIOError:
            return
        except OSError:
            piece = "reset"
        if isinstance(piece, str):
            self._is_read = True
            self._sender.ignore(selectors.EVENT_READ)
        self._put(piece, 0 if isinstance(piece, str) else len(piece))

    def _put(self, piece: _Piece, size_bytes: int) -> None:
        """Put a piece into flight; it arrives at once if there is no distance, and nothing before it."""
        arrival_ns = 0
        if not self._line.is_zero or self._pieces:
            now_ns = max(time.monotonic_ns(), self._open_ns)
            arrival_ns = self._last_ns = max(self._line.arrival_ns(now_ns, size_bytes), self._last_ns)
        self._pieces.append((arrival_ns, piece))
        self._in_flight_bytes += size_bytes
        if self._in_flight_bytes >= self._line.window_bytes:
            self._sender.ignore(selectors.EVENT_READ)
        if len(self._pieces) == 1:
            self.flow()

    def flow(self) -> None:
        """Pass on the pieces that have arrived, as far as the receiver has room."""
        if self._unsent:
            self.send(b"")
        while self._can_pass():
            arrival_ns, piece = self._pieces[0]
            late_ns = time.monotonic_ns() - arrival_ns if arrival_ns else 0
            if late_ns < 0:
                self._wait_until(arrival_ns)
                return
            self._pieces.popleft()
            self._passing.note(late_ns if arrival_ns and not self._was_full else None)
            self._was_full = False
            self._pass_on(piece)

    def _can_pass(self) -> bool:
        is_passable = self._receiver.is_open and not self._connection.road.is_hole
        return bool(self._pieces) and not self._unsent and is_passable

    def _wait_until(self, arrival_ns: int) -> None:
        if not self._is_timed:
            self._is_timed = True
            self._connection.at(arrival_ns, self._flow_in_time)

    def _flow_in_time(self) -> None:
        self._is_timed = False
        self.flow()

    def _pass_on(self, piece: _Piece) -> None:
        if piece == "reset":
            self._connection.reset()
        elif piece == "end":
            self._pass_end()
        elif isinstance(piece, bytes):
            self._in_flight_bytes -= len(piece)
            if not self._is_read:
                self._sender.watch(selectors.EVENT_READ)
            self.send(self._connection.arrived(self, piece))

    def _pass_end(self) -> None:
        self.is_ended = True
        try:
            self._receiver.send_end()
        except OSError:
            self._connection.reset()
        self._connection.end_if_both_ended()

    def end_now(self) -> None:
        """Let the receiver have nothing more except the end."""
        self._is_read = True
        self._sender.ignore(selectors.EVENT_READ)
        self._pieces.clear()
        self._pieces.append((0, "end"))

    def send(self, chunk: bytes) -> None:
        """Send as much as the receiver has room for, and keep the rest until it has more."""
        unsent = self._unsent + chunk
        try:
            self._unsent = unsent[self._receiver.send(unsent) :] if unsent else b""
        except OSError:
            self._connection.reset()
            return
        if self._unsent:
            self._was_full = True
            self._receiver.watch(selectors.EVENT_WRITE)
        else:
            self._receiver.ignore(selectors.EVENT_WRITE)
