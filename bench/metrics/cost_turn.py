"""A turn of ``cost``, as it was measured."""

from bench.records.bounds import Count, PositiveCount, Whole
from bench.records.strict import Record
from bench.records.turns import Turn

__all__ = ["CostTurn", "Spent"]


class Spent(Record):
    """What tasks took on their way into the broker, or out of it.

    ``client`` is the producer, or the worker with its pool. None is what cannot be read (another's server, a
    connection that no relay can stand in).
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
    """What one subject's tasks of one block cost. ``waiting_bytes`` is what all of them took of the server's memory."""

    tasks: PositiveCount
    enqueue: Spent
    drain: Spent
    waiting_bytes: Whole | None = None
