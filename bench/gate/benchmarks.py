"""Splits a result into the figures to compare with another result: each subject's, series by series."""

from dataclasses import dataclass
from functools import cached_property

from bench.figures.logs import Logs, logs_of
from bench.figures.tally import Tally
from bench.records.figures import Row
from bench.records.result import Result
from bench.records.turns import Place, Series

__all__ = ["Benchmark", "Side", "benchmark_of"]


@dataclass(frozen=True)
class Benchmark:
    """One figure to compare: a subject, and a series of a metric."""

    subject: str
    series: Series

    @property
    def metric(self) -> str:
        """Return the metric's name."""
        return self.series.metric

    @property
    def at(self) -> Place:
        """Return the place of the series, such as a rate."""
        return self.series.at


def benchmark_of(row: Row) -> Benchmark:
    """Return the benchmark that a row of the summary describes."""
    return Benchmark(row.subject, Series(row.metric, tuple(sorted(row.at.items()))))


class Side:
    """One of the two results that are compared."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self._tally = Tally()
        for block in result.blocks:
            self._tally.add(block)

    @cached_property
    def rows(self) -> dict[Benchmark, Row]:
        """Return the rows of Celery itself; ceilings are never compared."""
        own = (row for row in self.result.summary if row.layer == "celery" and row.blocks)
        return {benchmark_of(row): row for row in own}

    def logs(self, benchmark: Benchmark) -> Logs:
        """Return the logarithms of the benchmark's figure, a value for each block, by generation of processes."""
        if benchmark.series not in self._tally.series:
            return Logs([])
        return logs_of(self._tally.legs(benchmark.series), (benchmark.subject, "celery"))

    def blocks(self, benchmark: Benchmark) -> int:
        """Return the number of blocks that measured the benchmark."""
        return self.rows[benchmark].blocks
