"""Plain sockets at both ends of a relay; each connection to a server is one call of a function."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from struct import pack

from bench.relay.relay import Relay

__all__ = ["TIMEOUT_S", "connect", "echo", "listening", "receive", "reset"]

TIMEOUT_S = 30


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """Return the address of a server that calls ``serve`` in a thread for each connection."""
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        host, port = listener.getsockname()

        def run(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                serve(connection)

        def accept() -> None:
            while True:
                connection, _ = listener.accept()
                if stopped.is_set():
                    return connection.close()
                threads.append(threading.Thread(target=run, args=(connection,), daemon=True))
                threads[-1].start()

        stopped = threading.Event()
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield host, port
        stopped.set()
        socket.create_connection((host, port)).close()
        for thread in [accepting, *threads]:
            thread.join()


def echo(connection: socket.socket) -> None:
    """Send back what comes, and the end when it comes."""
    while chunk := connection.recv(65_536):
        connection.sendall(chunk)


def reset(connection: socket.socket) -> None:
    """Close the connection by a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
    connection.close()


def connect(relay: Relay) -> socket.socket:
    """Connect to whom the relay leads to."""
    return socket.create_connection((relay.host, relay.port), timeout=TIMEOUT_S)


def receive(connection: socket.socket, size: int) -> bytes:
    """Return that many bytes, or fewer at the end."""
    received = bytearray()
    while len(received) < size and (chunk := connection.recv(size - len(received))):
        received += chunk
    return bytes(received)
