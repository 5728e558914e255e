"""A relay that acts as a bad network: it resets, refuses, swallows, delays and throttles open connections."""

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable

from bench.guarantees.http_faults import HttpFaults, HttpPassage, Passage
from bench.processes.relay import BACKLOG, LOOPBACK, End, Relay
from bench.processes.traffic import Conversation
from brokers.http_service import HttpService
from brokers.wire import WireProtocol

__all__ = ["BreakingRelay"]

_CHUNK_BYTES = 4096
_PIECES = 64
_Pieces = asyncio.Queue[tuple[float, bytes]]


class BreakingRelay(Relay):
    """A relay with methods that break its connections. Any thread may call them; each takes effect before it returns.

    It works above the kernel, so the packets of a client in a black hole are still acknowledged until some buffers are
    full; only the answers never come.
    """

    def __init__(
        self,
        host: str,
        port: int,
        protocol: WireProtocol | None = None,
        service: HttpService | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(host, port, protocol)
        rng = random.Random(seed)  # noqa: S311 - not a secret
        self._service = service
        self._road = _Road()
        self._to_server, self._from_server = _Line(rng), _Line(rng)
        self.http = HttpFaults()

    def reset(self) -> None:
        """Reset all connections except those in a black hole; new ones work."""
        asyncio.run_coroutine_threadsafe(self._break_off(), self._loop).result()

    def refuse(self) -> None:
        """Reset all connections, and refuse new ones."""
        self._do(self._stop_listening)
        self.reset()

    def admit(self) -> None:
        """Accept new connections again."""
        self._do(self._listen_again)

    def swallow(self, *, new_ones: bool = False) -> None:
        """Stop passing anything on the open connections, for ever: no byte, no end and no reset, in either direction.

        New connections work; with ``new_ones`` they are accepted and swallowed, too, until ``spare_new_ones``.
        """

        def dig() -> None:
            self._road.is_hole = True
            if not new_ones:
                self._road = _Road()

        self._do(dig)

    def spare_new_ones(self) -> None:
        """Let connections that are opened from now on work again."""

        def build() -> None:
            self._road = _Road()

        self._do(build)

    def slow_down(self, *, latency_s: float = 0.0, jitter_s: float = 0.0, bytes_per_s: float | None = None) -> None:
        """Delay each piece by the latency plus or minus the jitter, and pass at most ``bytes_per_s`` each way.

        Without arguments, nothing is delayed any longer. Connecting is never delayed.
        """

        def set_lines() -> None:
            for line in (self._to_server, self._from_server):
                line.set(latency_s, jitter_s, bytes_per_s)

        self._do(set_lines)

    def _do(self, action: Callable[[], None]) -> None:
        """Run the action in the relay's own thread, and wait until it is done."""

        async def do() -> None:
            action()

        asyncio.run_coroutine_threadsafe(do(), self._loop).result()

    async def _break_off(self) -> None:
        """Break the road, and wait until both ends of each of its connections are reset."""
        road, self._road = self._road, _Road()
        road.broken.set()
        if road.connections:
            await asyncio.wait(road.connections)

    def _passage(self) -> Passage:
        """Return the passage that the bytes of a new connection go through."""
        if self._service is None or self._protocol is None:
            return Passage()
        return HttpPassage(self.http, self._service, self._protocol.from_client())

    def _stop_listening(self) -> None:
        """Keep the port with a socket that is bound but does not listen: the kernel refuses connections to it."""
        self._loop.remove_reader(self._listener)
        self._listener.close()
        self._listener = socket.socket()
        self._listener.setblocking(False)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((LOOPBACK, self.port))

    def _listen_again(self) -> None:
        self._listener.listen(BACKLOG)
        self._loop.add_reader(self._listener, self._accept)

    async def _pass_on(self, client: End, server: End, conversation: Conversation) -> None:
        road = self._road
        road.enter()
        passage = self._passage()

        async def to_server(chunk: bytes) -> bool:
            conversation.to_server(chunk)
            for_server, for_client = passage.to_server(chunk)
            await _write(server, for_server)
            await _write(client, for_client)
            return True

        async def from_server(chunk: bytes) -> bool:
            conversation.from_server(chunk)
            await _write(client, passage.from_server(chunk))
            return not passage.is_cut

        async with asyncio.TaskGroup() as group:
            breaking = group.create_task(road.until_broken())
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_carry(road, self._to_server, client, server, to_server))
                ways.create_task(_carry(road, self._from_server, server, client, from_server))
            breaking.cancel()


class _Road:
    """The shared state of connections that were opened while the network was in the same condition."""

    def __init__(self) -> None:
        self.is_hole = False
        self.broken = asyncio.Event()
        self.connections: set[asyncio.Task[None]] = set()

    def enter(self) -> None:
        """Add the connection of this task for as long as the task runs."""
        if task := asyncio.current_task():
            self.connections.add(task)
            task.add_done_callback(self.connections.discard)

    async def until_broken(self) -> None:
        """Wait until the road breaks, and raise the error that resets a connection."""
        await self.broken.wait()
        raise ConnectionResetError

    async def pass_through(self) -> None:
        """Return at once, or never in a black hole."""
        if self.is_hole:
            await asyncio.Event().wait()


class _Line:
    """One direction of the whole network; it determines when a piece that is sent now arrives."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._free_at_s = 0.0
        self.set(0.0, 0.0, None)

    def set(self, latency_s: float, jitter_s: float, bytes_per_s: float | None) -> None:
        self._latency_s, self._jitter_s, self._bytes_per_s = latency_s, jitter_s, bytes_per_s

    def arrival_s(self, size_bytes: int) -> float:
        """Return the arrival time on the monotonic clock; on a throttled line pieces go one after another."""
        now_s = time.monotonic()
        if self._bytes_per_s:
            now_s = self._free_at_s = max(now_s, self._free_at_s) + size_bytes / self._bytes_per_s
        return now_s + self._latency_s + self._rng.uniform(-self._jitter_s, self._jitter_s)


async def _carry(
    road: _Road, line: _Line, sender: End, receiver: End, give: Callable[[bytes], Awaitable[bool]]
) -> None:
    """Pass on one direction: each piece in order when it arrives, then the end, unless ``give`` returns False."""
    pieces = _Pieces(_PIECES)
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(_take(road, line, sender, pieces))
        while chunk := await _next(road, pieces):
            if not await give(chunk):
                break
        taking.cancel()
    receiver.writer.write_eof()


async def _take(road: _Road, line: _Line, sender: End, pieces: _Pieces) -> None:
    """Read pieces up to the end, and queue each with its arrival time."""
    chunk = b"so far"
    while chunk:
        try:
            chunk = await sender.reader.read(_CHUNK_BYTES)
        except OSError:
            await road.pass_through()
            raise
        await pieces.put((line.arrival_s(len(chunk)), chunk))


async def _next(road: _Road, pieces: _Pieces) -> bytes:
    """Return the next piece when it arrives; empty at the end."""
    arrival_s, chunk = await pieces.get()
    if (left_s := arrival_s - time.monotonic()) > 0:
        await asyncio.sleep(left_s)
    await road.pass_through()
    return chunk


async def _write(end: End, chunk: bytes) -> None:
    """Write, and wait until everything is sent."""
    end.writer.transport.set_write_buffer_limits(high=0)
    end.writer.write(chunk)
    await end.writer.drain()
