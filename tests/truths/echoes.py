"""An echo server in a process of its own, and clients that keep it busy: ``python tests/truths/echoes.py`` serves."""

import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["PIECE", "busy", "connected", "echo_server"]

PIECE = b"x" * 64


@contextmanager
def echo_server() -> Iterator[tuple[str, int]]:
    """Return where a server echoes, on the cores of this thread, until the block ends."""
    argv = [sys.executable, str(Path(__file__).resolve())]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield "127.0.0.1", int(process.stdout.readline())
        finally:
            process.terminate()


def connected(port: int) -> socket.socket:
    """Connect to a port of loopback, without waiting to fill packets."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def busy(port: int, connections: int, seconds: float, most: int | None = None) -> int:
    """Send a piece on each connection as soon as its last one has come back; return how many came back."""
    selector, came_back = selectors.DefaultSelector(), 0
    clients = [connected(port) for _ in range(connections)]
    for client in clients:
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ, client)
        client.send(PIECE)
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s and (most is None or came_back < most):
        for key, _ in selector.select(1.0):
            if key.data.recv(65_536):
                came_back += 1
                key.data.send(PIECE)
    for client in clients:
        client.close()
    selector.close()
    return came_back


def main() -> None:
    """Print the port, and echo until this process is terminated."""
    selector, listener = selectors.DefaultSelector(), socket.create_server(("127.0.0.1", 0), backlog=512)
    selector.register(listener, selectors.EVENT_READ)
    print(listener.getsockname()[1], flush=True)  # noqa: T201
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                client, _ = listener.accept()
                selector.register(client, selectors.EVENT_READ)
            else:
                _echo(selector, key.fileobj)  # type: ignore[arg-type]


def _echo(selector: selectors.BaseSelector, client: socket.socket) -> None:
    try:
        chunk = client.recv(65_536)
        client.sendall(chunk)
    except OSError:
        chunk = b""
    if not chunk:
        selector.unregister(client)
        client.close()


if __name__ == "__main__":
    main()
