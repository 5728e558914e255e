"""The record of a turn of ``cost``."""

from bench.records.bounds import Count, PositiveCount, Whole
from bench.records.strict import Record
from bench.records.turns import Turn

__all__ = ["CostTurn", "Spent"]


class Spent(Record):
    """What tasks took on their way into the broker, or out of it.

    ``client`` is the producer, or the worker with its pool. A field is None if it cannot be read: on a server of the
    user's own, or on a connection that no relay can intercept.
    """

    connections: Count | None = None
    channels: Count | None = None
    round_trips: Count | None = None
    bytes_to_server: Count | None = None
    bytes_from_server: Count | None = None
    operations: dict[str, Count] = {}
    client_cpu_ns: Count | None = None
    client_grown_bytes: Whole | None = None
    """Growth of the client's resident memory."""
    server_cpu_ns: Count | None = None


class CostTurn(Turn):
    """What one subject's tasks of one block cost. ``waiting_bytes`` is the server's memory that all of them took."""

    tasks: PositiveCount
    enqueue: Spent
    drain: Spent
    waiting_bytes: Whole | None = None
