"""Counts of what passed between a subject and a server."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from brokers.wire import Unmetered, WireProtocol

__all__ = ["Conversation", "Traffic", "TrafficCount"]


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Counts up to one moment; ``later - earlier`` is what passed in between.

    A round trip is, on one connection, bytes from the server that follow bytes to it: requests that are sent together
    and answered together are one. ``operations`` has the names that the protocol's meters find, in both directions.
    """

    connections: int = 0
    bytes_to_server: int = 0
    bytes_from_server: int = 0
    round_trips: int = 0
    operations: Counter[str] = field(default_factory=Counter)

    def __sub__(self, earlier: "Traffic") -> "Traffic":
        return Traffic(
            connections=self.connections - earlier.connections,
            bytes_to_server=self.bytes_to_server - earlier.bytes_to_server,
            bytes_from_server=self.bytes_from_server - earlier.bytes_from_server,
            round_trips=self.round_trips - earlier.round_trips,
            operations=self.operations - earlier.operations,
        )


class TrafficCount:
    """The counts of all connections, which grow in one thread and can be read in any other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections = self._bytes_to_server = self._bytes_from_server = self._round_trips = 0
        self._operations: Counter[str] = Counter()

    def read(self) -> Traffic:
        """Return the counts up to now."""
        with self._lock:
            return Traffic(
                connections=self._connections,
                bytes_to_server=self._bytes_to_server,
                bytes_from_server=self._bytes_from_server,
                round_trips=self._round_trips,
                operations=Counter(self._operations),
            )

    def opened(self) -> None:
        """Count a connection."""
        with self._lock:
            self._connections += 1

    def to_server(self, size_bytes: int, operations: list[str]) -> None:
        """Count what the client sent."""
        with self._lock:
            self._bytes_to_server += size_bytes
            if operations:
                self._operations.update(operations)

    def from_server(self, size_bytes: int, operations: list[str], *, is_answer: bool) -> None:
        """Count what the server sent, and whether it is the first of it since the client sent something."""
        with self._lock:
            self._bytes_from_server += size_bytes
            self._round_trips += is_answer
            if operations:
                self._operations.update(operations)


class Conversation:
    """Adds one connection's bytes, in both directions, to the count; without a protocol, it counts no operations."""

    def __init__(self, count: TrafficCount, protocol: WireProtocol | None) -> None:
        self._count = count
        self._to_server = protocol.from_client() if protocol else Unmetered()
        self._from_server = protocol.from_server() if protocol else Unmetered()
        self._client_spoke_last = False
        count.opened()

    def to_server(self, chunk: bytes) -> None:
        """Take the next bytes that the client sent."""
        self._client_spoke_last = True
        self._count.to_server(len(chunk), self._to_server.read(chunk))

    def from_server(self, chunk: bytes) -> None:
        """Take the next bytes that the server sent."""
        is_answer, self._client_spoke_last = self._client_spoke_last, False
        self._count.from_server(len(chunk), self._from_server.read(chunk), is_answer=is_answer)
