"""Where the level of ordered things (the releases of a package) changes, and by how much.

Each thing begins as a stretch of its own. Of all neighbouring stretches, the two that are hardest to tell apart become
one, again and again, until every step that is left is certain: larger than the margin, and with a p-value, of a paired
t test over generations, below 5 % divided by the number of places where a step may be (Bonferroni). A stretch may have
a single member, so that one bad release between two good ones is two steps. ``tests/stats/test_levels.py`` holds how
often a step is found where none is.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy  # loads its parts on demand: they take a second
from numpy.typing import NDArray

from bench.stats.intervals import CONFIDENCE

__all__ = ["FEWEST_FOR_A_STEP", "Step", "steps"]

FEWEST_FOR_A_STEP = 2
"""Generations of processes: a single one has no scatter to test with."""

_Stretch = tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """From the thing with this number on, the level is ``ratio`` times the level of the stretch before.

    ``low`` and ``high`` are the bounds of the ratio's interval; the intervals of all steps hold together in 95 of 100
    cases.
    """

    number: int
    ratio: float
    low: float
    high: float


def steps(logs: Sequence[Sequence[float]] | NDArray[np.float64], margin: float) -> list[Step]:
    """Return the steps, in order, between the levels of things, larger than the relative ``margin``.

    ``logs`` has a row for each generation and a column for each thing: the logarithm of its figure, or NaN. With a
    single generation nothing is certain.
    """
    table = np.asarray(logs, dtype=float)
    count = table.shape[1] if table.ndim == 2 else 0  # noqa: PLR2004 - rows and columns
    level = (1 - CONFIDENCE) / max(count - 1, 1)
    stretches: list[_Stretch] = [(number,) for number in range(count)]
    found = [_compared(table, *two) for two in pairwise(stretches)]
    while found:
        weakest = max(range(len(found)), key=lambda place: found[place].chance(margin))
        if found[weakest].chance(margin) < level:
            break
        stretches[weakest : weakest + 2] = [stretches[weakest] + stretches[weakest + 1]]
        del found[weakest]
        for place in {weakest - 1, weakest} & set(range(len(found))):
            found[place] = _compared(table, stretches[place], stretches[place + 1])
    return [one.step(later[0], level) for one, later in zip(found, stretches[1:], strict=True)]


@dataclass(frozen=True)
class _Compared:
    """Two stretches: the mean logarithm of their ratio, with its standard error and degrees of freedom."""

    log: float
    error: float = math.inf
    freedom: int = 1

    def chance(self, margin: float) -> float:
        """Return the p-value of "there is no step"; 1 if the step is within the margin."""
        if abs(self.log) <= math.log1p(margin):
            return 1.0
        return float(2 * scipy.special.stdtr(self.freedom, -abs(self.log) / self.error))

    def step(self, number: int, level: float) -> Step:
        half = float(scipy.stats.t.isf(level / 2, self.freedom)) * self.error
        return Step(number, *(math.exp(end) for end in (self.log, self.log - half, self.log + half)))


def _compared(table: NDArray[np.float64], earlier: _Stretch, later: _Stretch) -> _Compared:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a generation in which a stretch has no figure
        logs = np.nanmean(table[:, later], axis=1) - np.nanmean(table[:, earlier], axis=1)
    logs = logs[~np.isnan(logs)]
    if len(logs) < FEWEST_FOR_A_STEP or not np.ptp(logs):
        return _Compared(0.0)
    return _Compared(float(logs.mean()), float(logs.std(ddof=1) / math.sqrt(len(logs))), len(logs) - 1)
