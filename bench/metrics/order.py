"""What a metric learns about a run: what was asked for, and how large a turn is to be."""

from dataclasses import dataclass
from typing import Protocol

from bench.metrics.pacing import Pacing
from bench.processes.running import Running
from bench.records.turns import Place

__all__ = ["Asked", "Order", "Sizes"]


class Asked(Protocol):
    """What a user asked for: rates of tasks, idle times, and whether two sides are compared."""

    @property
    def rates_per_s(self) -> tuple[float, ...]:
        """Return the rates of ``latency``; if empty, it is measured at shares of the capacity."""
        ...

    @property
    def idle_s(self) -> tuple[float, ...]:
        """Return the idle times before a ``wakeup``."""
        ...

    @property
    def sides(self) -> bool:
        """Return True if two sides are compared."""
        ...


class Sizes(Protocol):
    """What is known about the speed of the subjects, by which turns are sized."""

    @property
    def sides(self) -> bool:
        """Return True if two sides are compared, whose turns have the same size."""
        ...

    def drain_tasks(self, running: Running) -> int:
        """Return how many tasks a drain has."""
        ...

    def drain_limit_s(self, running: Running, *, warmup: bool) -> float | None:
        """Return how long a drain may take; None if it is not limited."""
        ...

    def drained(self, running: Running, tasks: int, duration_ns: int) -> None:
        """Record how fast a drain of the warm-up was."""
        ...

    def capacity_per_s(self, running: Running) -> float:
        """Return the rate that loads are shares of."""
        ...

    def slowest_per_s(self) -> float:
        """Return the rate at which the slowest subject drained in its warm-up."""
        ...

    def pacing(self, running: Running, at: Place) -> Pacing:
        """Return what its open loop has shown at this place."""
        ...


@dataclass(frozen=True)
class Order:
    """What turn to take: at which place of a series, in the warm-up or not, and with which sizes."""

    at: Place
    warmup: bool
    sizes: Sizes
