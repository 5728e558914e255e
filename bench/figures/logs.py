"""The logarithms of figures, and of the ratios of two subjects, a value for each block, by generation.

Where a figure comes from single durations, a block's value is that of its own figure, and the typical block counts: a
neighbour's burst moves a trimmed mean little. Tasks a second are compared by totals instead (``bench.stats.totals``):
a worker that is slow now and then is slower, so no block may be left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.figures.tally import Leg
from bench.records.turns import Key
from bench.stats.intervals import (
    FEWEST_GENERATIONS,
    TRIM,
    PairedRatio,
    paired_ratio,
    typical,
    unpaired_ratio,
)
from bench.stats.totals import rate_logs

__all__ = ["Logs", "is_bound", "levels", "logs_of", "ratio_logs"]


@dataclass(frozen=True)
class Logs:
    """A value for each block, by generation; no generation is empty. ``trim`` is the share left out at either end."""

    generations: Sequence[Sequence[float] | NDArray[np.float64]]
    trim: float = TRIM

    def __bool__(self) -> bool:
        """Return True if there is any."""
        return bool(self.generations)

    @property
    def blocks(self) -> int:
        """Return how many blocks there are."""
        return sum(map(len, self.generations))

    def ratio(self, seed: int, fewest: int = FEWEST_GENERATIONS) -> PairedRatio:
        """Return the ratio, if the values are those of two subjects in the same blocks."""
        return paired_ratio(self.generations, np.random.default_rng(seed), fewest, trim=self.trim)

    def over(self, baseline: "Logs") -> PairedRatio:
        """Return the ratio to the same figure of another run."""
        return unpaired_ratio(self.generations, baseline.generations, trim=self.trim)


def logs_of(legs: Sequence[Leg], key: Key) -> Logs:
    """Return the logarithms of a key's figure."""
    return _logs(legs, _values(legs, key, key))


def ratio_logs(legs: Sequence[Leg], own: Key, other: Key) -> Logs:
    """Return the logarithms of the ratios of the two, for the blocks that have both."""
    both = zip(_values(legs, own, other), _values(legs, other, own), strict=True)
    return _logs(legs, [one - another for one, another in both])


def levels(legs: Sequence[Leg], keys: Sequence[Key]) -> NDArray[np.float64]:
    """Return a row for each generation, and in it each key's typical logarithm; NaN where it had no turn."""
    columns = [_values(legs, key, key) for key in keys]
    rows = zip(*columns, strict=True)
    return np.array([[typical(one, _trim(legs)) if len(one) else np.nan for one in row] for row in rows])


def is_bound(legs: Sequence[Leg], key: Key) -> bool:
    """Return True if a key's figure is mostly from turns that were cut off with hardly a task finished.

    Then it is only the best that it could have been.
    """
    chunks = [chunk for leg in legs for chunk in leg.chunks(key)]
    return 2 * sum(chunk.bounds for chunk in chunks) > sum(chunk.turns for chunk in chunks)


def _logs(legs: Sequence[Leg], values: list[NDArray[np.float64]]) -> Logs:
    return Logs([one for one in values if len(one)], _trim(legs))


def _trim(legs: Sequence[Leg]) -> float:
    return 0.0 if any(leg.by_totals for leg in legs) else TRIM


def _values(legs: Sequence[Leg], key: Key, beside: Key) -> list[NDArray[np.float64]]:
    """Return the key's values in the blocks that have both, for each generation, which may be empty."""
    known = [~np.isnan(leg.logs(key) - leg.logs(beside)) for leg in legs]
    if any(leg.by_totals for leg in legs):
        return rate_logs([leg.totals(key)[chosen] for leg, chosen in zip(legs, known, strict=True)])
    return [leg.logs(key)[chosen] for leg, chosen in zip(legs, known, strict=True)]
