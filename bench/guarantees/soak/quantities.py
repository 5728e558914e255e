"""What a soak watches: each quantity with its name, its unit, and the least change that counts as drift."""

from dataclasses import dataclass
from typing import Literal

from bench.records.soak import QuantityName

__all__ = ["QUANTITIES", "Quantity", "quantity_named"]

_LEAST_BYTES, _LEAST_COUNT, _LEAST_WAITING, _LEAST_SHARE = 256 * 1024, 3.0, 20.0, 0.05


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A quantity. ``words`` name it in a sentence, ``short`` in a table; ``plural`` is about the words.

    It drifts if it grows, or falls with ``falls``, by at least ``least`` over the second half of a run; for a rate,
    ``least`` is a share of its first value. With ``by_reconnect`` it may change with reconnects rather than with tasks.
    """

    name: QuantityName
    words: str
    short: str
    unit: Literal["bytes", "count", "rate"]
    least: float = _LEAST_COUNT
    falls: bool = False
    plural: bool = False
    by_reconnect: bool = False
    of_server: bool = False
    """Whether the server holds it, and more of it the more tasks wait."""

    def least_change(self, first: float) -> float:
        """Return the least change that counts, if ``first`` is the first value."""
        return self.least * first if self.unit == "rate" else self.least


QUANTITIES = (
    Quantity(name="prefetch", words="the prefetch count in use", short="prefetch count", unit="count"),
    Quantity(name="held_tasks", words="the tasks that the worker holds", short="tasks held", unit="count", plural=True),
    Quantity(
        name="waiting_tasks",
        words="the tasks that wait to be finished",
        short="tasks waiting",
        unit="count",
        least=_LEAST_WAITING,
        plural=True,
        of_server=True,
    ),
    Quantity(
        name="main_bytes",
        words="the resident memory of the worker's main process",
        short="memory, main",
        unit="bytes",
        least=_LEAST_BYTES,
    ),
    Quantity(
        name="children_bytes",
        words="the resident memory of the worker's children",
        short="memory, children",
        unit="bytes",
        least=_LEAST_BYTES,
    ),
    Quantity(name="files", words="the open files of the worker", short="open files", unit="count", plural=True),
    Quantity(
        name="connections",
        words="the connections of the worker",
        short="connections",
        unit="count",
        plural=True,
        by_reconnect=True,
    ),
    Quantity(
        name="channels",
        words="the channels of the worker",
        short="channels",
        unit="count",
        plural=True,
        by_reconnect=True,
    ),
    Quantity(
        name="server_entries",
        words="the keys or queues on the server",
        short="keys or queues",
        unit="count",
        plural=True,
        by_reconnect=True,
        of_server=True,
    ),
    Quantity(
        name="server_bytes",
        words="the memory of the server's data",
        short="memory, server",
        unit="bytes",
        least=_LEAST_BYTES,
        of_server=True,
    ),
    Quantity(
        name="tasks_per_s",
        words="the tasks a second",
        short="tasks a second",
        unit="rate",
        least=_LEAST_SHARE,
        falls=True,
        plural=True,
    ),
)


def quantity_named(name: QuantityName) -> Quantity:
    """Return a quantity by its name."""
    return next(one for one in QUANTITIES if one.name == name)
