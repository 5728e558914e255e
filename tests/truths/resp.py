"""The little of Redis's protocol that the transport of known times needs.

A client that may be waited for with ``select`` while a command blocks on the server; the standard library alone.
"""

import socket
from typing import Any

__all__ = ["Client"]


class Client:
    """One connection. Commands are answered in order; errors of the server are OSError."""

    def __init__(self, host: str, port: int, password: str = "") -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self.socket.makefile("rb")
        if password:
            self.ask("AUTH", password)

    def ask(self, *words: Any) -> Any:
        """Send a command and wait for its answer: bytes, None, or a list of such."""
        self.send(*words)
        return self.read()

    def send(self, *words: Any) -> None:
        """Send a command."""
        encoded = [str(word).encode() for word in words]
        parts = [b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(parts))

    def read(self) -> Any:
        """Wait for one answer."""
        line = self._answers.readline()
        kind, rest = line[:1], line[1:-2]
        if not line or kind == b"-":
            raise OSError(rest.decode() or "the server is gone")
        if kind == b"$":
            return self._answers.read(int(rest) + 2)[:-2] if rest != b"-1" else None
        return [self.read() for _ in range(int(rest))] if kind == b"*" else rest

    def close(self) -> None:
        """Close the connection."""
        self._answers.close()
        self.socket.close()
