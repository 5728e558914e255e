"""Takes a result apart for a comparison with another one: each subject's figures, series by series."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bench.figures.tally import Tally
from bench.records.figures import Row
from bench.records.result import Result
from bench.records.turns import Place, Series

__all__ = ["Benchmark", "Side", "benchmark_of"]

Generations = list[NDArray[np.float64]]


@dataclass(frozen=True)
class Benchmark:
    """One figure that is compared: a subject in a metric, at a place where there is a series."""

    subject: str
    series: Series

    @property
    def metric(self) -> str:
        """Return the metric."""
        return self.series.metric

    @property
    def at(self) -> Place:
        """Return the place."""
        return self.series.at


def benchmark_of(row: Row) -> Benchmark:
    """Return what a row of the summary is of."""
    return Benchmark(row.subject, Series(row.metric, tuple(sorted(row.at.items()))))


class Side:
    """One of the two results."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self._tally = Tally()
        for block in result.blocks:
            self._tally.add(block)

    @cached_property
    def rows(self) -> dict[Benchmark, Row]:
        """Return the rows of Celery itself; those of subjects' ceilings are in no comparison."""
        own = (row for row in self.result.summary if row.layer == "celery" and row.blocks)
        return {benchmark_of(row): row for row in own}

    def logs(self, benchmark: Benchmark) -> Generations:
        """Return the logarithms of the benchmark's figure in each block, by generation of processes."""
        if benchmark.series not in self._tally.series:
            return []
        legs = self._tally.legs(benchmark.series)
        found = (leg.logs((benchmark.subject, "celery")) for leg in legs)
        known = (logs[~np.isnan(logs)] for logs in found)
        return [logs for logs in known if len(logs)]

    def blocks(self, benchmark: Benchmark) -> int:
        """Count the blocks that the benchmark was measured in."""
        return self.rows[benchmark].blocks
