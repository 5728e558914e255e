"""The metrics in which two sides are compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.records.figures import Row
from bench.records.result import Result
from bench.records.turns import Block
from bench.stats.counts import CountRatio
from bench.stats.verdicts import Better
from bench.text.numbers import MISSING, duration

__all__ = ["A", "B", "SideMetric", "median_of", "row_of"]

A, B = "A", "B"


@dataclass(frozen=True, kw_only=True)
class SideMetric:
    """A metric in which two sides are compared.

    ``measured`` are the metrics that it needs; the last one has the figures. ``sentence`` states B's figure
    over A's, and ``figure`` prints a side's own figure. The ratios of the last metric's blocks are compared, unless
    ``logs`` returns the logarithms of other ratios by generation. ``counted`` compares counts within a relative limit.
    """

    name: str
    measured: tuple[str, ...]
    sentence: str
    figure: Callable[[Result, str], str]
    better: Better = "less"
    logs: Callable[[Sequence[Block]], list[Sequence[float]]] | None = None
    counted: Callable[[Sequence[Block], float], CountRatio | None] | None = None
    head: str = ""
    """The name in a table, if it differs."""


def row_of(result: Result, metric: str, label: str) -> Row | None:
    """Return the row of a side."""
    return next((row for row in result.summary if (row.metric, row.subject) == (metric, label)), None)


def median_of(metric: str) -> Callable[[Result, str], str]:
    """Return a function that prints the median of a side."""

    def figure(result: Result, label: str) -> str:
        row = row_of(result, metric, label)
        return duration(row.median_ns.value) if row and row.median_ns else MISSING

    return figure
