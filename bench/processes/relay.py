"""A TCP relay on loopback that counts what passes between a subject and a server."""

import asyncio
import os
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import NamedTuple, Self

from bench.processes.traffic import Conversation, Traffic, TrafficCount
from brokers.wire import WireProtocol

__all__ = ["BACKLOG", "LOOPBACK", "End", "Relay"]

LOOPBACK = "127.0.0.1"
BACKLOG = 512
_CHUNK_BYTES = 65_536
_LINGER = struct.Struct("hh" if os.name == "nt" else "ii")


class End(NamedTuple):
    """One end of a connection: what it sends is read, and what is written reaches it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Relay:
    """Listens on a free loopback port and passes every connection on to ``host:port``, until the block ends.

    It runs in its own thread. When one direction ends, the end is passed on and the other direction stays open; a reset
    resets the other side; a sender that is faster than the other side reads is slowed down. If the server cannot be
    reached, its client is accepted, counted, and reset.
    """

    def __init__(self, host: str, port: int, protocol: WireProtocol | None = None) -> None:
        self.host = LOOPBACK
        self.port = 0
        self._server = (host, port)
        self._protocol = protocol
        self._count = TrafficCount()
        self._connections: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()

    def __enter__(self) -> Self:
        self._listener = socket.create_server((LOOPBACK, 0), backlog=BACKLOG)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def traffic(self) -> Traffic:
        """Return the counts up to now, without what is still in a socket and unread by the relay."""
        return self._count.read()

    def traffic_at_rest(self, quiet_s: float = 0.05, patience_s: float = 5.0) -> Traffic:
        """Wait until nothing passed for ``quiet_s``, or until ``patience_s`` is over, and return the counts.

        A client may finish before its last bytes passed: in AMQP, it does not wait for an answer to each message.
        """
        rest = asyncio.wait_for(self._rest(quiet_s), patience_s)
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(rest, self._loop).result()
        return self.traffic()

    async def _rest(self, quiet_s: float) -> None:
        before = None
        while before != (now := self.traffic()):
            before = now
            await asyncio.sleep(quiet_s)  # in this loop, so that it has looked at every socket meanwhile

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._listen())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()

    async def _listen(self) -> None:
        self._loop.add_reader(self._listener, self._accept)
        await self._stop.wait()
        self._loop.remove_reader(self._listener)
        self._listener.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self) -> None:
        """Accept a connection in one step: asyncio's own server drops, unclosed, one that it accepts while it ends."""
        with suppress(OSError):  # the client is gone already
            client, _ = self._listener.accept()
            # asyncio recognises TCP by the socket's protocol number, which this socket lacks. An HTTP answer in two
            # pieces would then wait 40 ms for the client's acknowledgement in between.
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self._loop.create_task(self._relay(client))
            self._connections.add(connection)
            connection.add_done_callback(self._connections.discard)
            connection.add_done_callback(lambda _: client.close())  # if the task was cancelled before it began

    async def _relay(self, socket_of_client: socket.socket) -> None:
        conversation = Conversation(self._count, self._protocol)
        client = End(*await asyncio.open_connection(sock=socket_of_client))
        async with _ending(client.writer):
            try:
                server = End(*await asyncio.open_connection(*self._server))
            except OSError:
                _reset(client.writer)
                return
            async with _ending(server.writer):
                try:
                    await self._pass_on(client, server, conversation)
                except* OSError:
                    _reset(client.writer)
                    _reset(server.writer)

    async def _pass_on(self, client: End, server: End, conversation: Conversation) -> None:
        """Pass both directions on until both have ended. Raises an OSError, in a group, to reset both ends."""
        async with asyncio.TaskGroup() as pumps:
            pumps.create_task(_pump(client.reader, server.writer, conversation.to_server))
            pumps.create_task(_pump(server.reader, client.writer, conversation.from_server))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: Callable[[bytes], None]) -> None:
    """Pass one direction on, each chunk after the one before it is gone, and then its end."""
    writer.transport.set_write_buffer_limits(high=0)
    while chunk := await reader.read(_CHUNK_BYTES):
        count(chunk)
        writer.write(chunk)
        await writer.drain()
    writer.write_eof()


@asynccontextmanager
async def _ending(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close the socket at the end of the block, and wait until it is closed."""
    try:
        yield
    finally:
        writer.transport.abort()  # what was written is gone by then, or nobody wants it any more
        with suppress(OSError):
            await writer.wait_closed()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Make the other end see a reset instead of an end when the socket is closed."""
    with suppress(OSError):  # already closed
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.pack(1, 0))
