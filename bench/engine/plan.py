"""What a run measures: which metrics, at which loads and points of a sweep."""

from dataclasses import dataclass

from bench.records.turns import Metric, Place, Series
from bench.records.workload import Workload

__all__ = [
    "CEILED",
    "IN_BLOCKS",
    "LEAST_RATE",
    "LIMIT_NS",
    "LOADS",
    "METERED",
    "MOST_RATE",
    "SIDES_LOAD",
    "Plan",
    "Point",
]

LOADS = (0.25, 0.5, 0.75, 0.9)
"""Shares of a subject's own capacity at which its latency is measured, if no rates are given."""
SIDES_LOAD = 0.5
"""The load of two sides: it is a share of what the slower one drains, so that both are sent as much."""
IN_BLOCKS: tuple[Metric, ...] = ("enqueue", "throughput", "latency", "wakeup")
"""Metrics that are measured in blocks for as long as there is time."""
CEILED: tuple[Metric, ...] = ("enqueue", "throughput")
"""Metrics that have ceilings."""
METERED: tuple[Metric, ...] = ("cost", "phases")
"""Metrics that are measured in processes of their own."""
LEAST_RATE, MOST_RATE = 0.1, 1_000_000
"""Of tasks a second, at which latency is measured."""
LIMIT_NS = 100_000_000
"""What the p99 of a sustained rate keeps under, if nothing else is said."""


@dataclass(frozen=True)
class Point:
    """A point of a sweep, or the only one where nothing is swept: its place, and what is done there."""

    at: Place
    workload: Workload


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run measures.

    ``rates_per_s`` are those of ``latency``; without any it is measured at ``LOADS``. ``limit_ns`` is what the p99 of
    a sustained rate keeps under. ``idle_s`` are the idle times before a ``wakeup``.

    ``sides`` says that the subjects are two sides of one: they have many short generations, ``cost`` is measured in the
    same ones, and ``latency`` at half of the rate that the slower of them drains.
    """

    metrics: list[Metric]
    points: list[Point]
    rates_per_s: tuple[float, ...] = ()
    limit_ns: int = LIMIT_NS
    idle_s: tuple[float, ...] = (0.1, 5.0, 30.0)
    sides: bool = False

    @property
    def searches(self) -> bool:
        """Whether capacities must be found."""
        return "capacity" in self.metrics or ("latency" in self.metrics and not self.rates_per_s and not self.sides)

    @property
    def repeats(self) -> bool:
        """Whether anything is measured that fresh processes are for."""
        return "first-publish" in self.metrics or bool(self.series())

    def series(self) -> list[Series]:
        """Return what is measured in blocks, in the metrics' order."""
        in_blocks = (*IN_BLOCKS, "cost") if self.sides else IN_BLOCKS
        return [series for metric in in_blocks if metric in self.metrics for series in self._of(metric)]

    def _of(self, metric: Metric) -> list[Series]:
        if metric == "latency" and self.rates_per_s:
            return [Series(metric, (("rate_per_s", rate),)) for rate in self.rates_per_s]
        if metric == "latency" and self.sides:
            return [Series(metric, (("load", SIDES_LOAD),))]
        if metric == "latency":
            return [Series(metric, (("load", load),)) for load in LOADS]
        if metric == "wakeup":
            return [Series(metric, (("idle_s", idle_s),)) for idle_s in self.idle_s]
        return [Series(metric)]
