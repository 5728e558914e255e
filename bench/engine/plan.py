"""What a run measures: which metrics, at which loads and points of a sweep."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.metrics.metric import Metric
from bench.metrics.registry import catalogue, find_metric
from bench.records.turns import Place, Series
from bench.records.workload import Workload

__all__ = ["LIMIT_NS", "Plan", "Point"]

_SHORT_GENERATIONS = 3
LIMIT_NS = 100_000_000
"""The default limit that the p99 of a sustained rate must not exceed."""


@dataclass(frozen=True)
class Point:
    """A point of a sweep, or the only point without one: its place and its workload."""

    at: Place
    workload: Workload


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run measures.

    ``rates_per_s`` are the rates of ``latency``; without any, it is measured at shares of the capacity. The p99 of a
    sustained rate must not exceed ``limit_ns``. ``idle_s`` are the idle times before a ``wakeup``.

    With ``sides`` the subjects are the two sides of a comparison: they have many short generations, and some metrics
    that are otherwise measured aside are measured in their blocks. The first generations have hardly more than one
    block of each series, of the metrics ``soon`` alone if there are any, so that a large difference is found soon.
    """

    metrics: list[str]
    points: list[Point]
    rates_per_s: tuple[float, ...] = ()
    limit_ns: int = LIMIT_NS
    idle_s: tuple[float, ...] = (0.1, 5.0, 30.0)
    sides: bool = False
    soon: Sequence[str] = ()

    @property
    def searches(self) -> bool:
        """Whether the run has to search for capacities."""
        by_load = any("load" in series.at for series in self.series())
        return "capacity" in self.metrics or (by_load and not self.sides)

    @property
    def repeats(self) -> bool:
        """Whether anything is measured that benefits from fresh processes."""
        return bool(self.first() or self.series())

    def series(self) -> list[Series]:
        """Return the series that are measured in blocks, in the order of the metrics."""
        in_blocks = [
            metric
            for metric in catalogue().values()
            if metric.name in self.metrics and (metric.when == "blocks" or (self.sides and metric.within_sides))
        ]
        return [series for metric in in_blocks for series in metric.series(self)]

    def series_of_generation(self, number: int) -> list[Series]:
        """Return the series that are measured in the blocks of that generation, from 0 on."""
        if not (self.soon and self.is_short(number)):
            return self.series()
        return [series for series in self.series() if series.metric in self.soon]

    def is_short(self, number: int) -> bool:
        """Return True if that generation has hardly more than one block of each series."""
        return self.sides and number < _SHORT_GENERATIONS

    def first(self) -> list[Series]:
        """Return the series that are measured at the beginning of each generation."""
        return self._when("first")

    def last(self) -> list[Series]:
        """Return the series that are measured at the end of the run."""
        return self._when("last")

    def ceiled(self) -> list[Series]:
        """Return the series that the subjects' ceilings are measured in, too."""
        return [series for series in self.series() if find_metric(series.metric).ceiled]

    def aside(self) -> list[Series]:
        """Return the series that are measured in separate processes."""
        return [] if self.sides else self._when("aside")

    def _when(self, when: str) -> list[Series]:
        return [series for metric in self._metrics() if metric.when == when for series in metric.series(self)]

    def _metrics(self) -> list[Metric]:
        return [find_metric(name) for name in self.metrics]
