"""Whether a quantity drifts: whether what a process holds goes on growing with the tasks that it has done.

What a process holds is close to a random walk: an allocator grows in steps and keeps what it got, so neighbouring
samples resemble each other, and the interval of a straight line that takes them for independent is far too narrow (see
``bench.stats.trend``). So the scatter is judged by the *growth* from one block of samples to the next, which is
independent in a walk, and reverses itself in scatter about a level, which makes the interval too wide there and never
too narrow. A block's value is its median. The slope is that of Theil and Sen over the blocks (Sen, Estimates of the
regression coefficient based on Kendall's tau, 1968): one odd block hardly moves it. A line follows a walk, so its
variance is 6/5 of that of the mean growth, and the interval is as much wider.

A process also grows while it warms up: caches fill, and an allocator learns how much is needed. So only the second half
of the samples is judged, and within that half the growth must *go on*: its later part must be at least 0.6 of its
earlier part. With a growth that ends, as ``1 - exp(-x / t)`` does, that is so only if ``t`` is over half of the run.
What warms up more slowly than that cannot be told from drift by any means; a longer run can.

The level is 99 % because many quantities are judged in each run. ``tests/stats/test_drift.py`` shows the rates of
error, by simulation and on recorded runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # loads its parts on demand: they take a second
from numpy.typing import NDArray

__all__ = ["DRIFT_CONFIDENCE", "FEWEST_SAMPLES", "Growth", "growth_with"]

DRIFT_CONFIDENCE = 0.99
_BLOCKS, _FEWEST_BLOCKS = 8, 6
FEWEST_SAMPLES = 2 * _FEWEST_BLOCKS
"""With fewer, nothing is judged."""
_GOES_ON = 0.6
_OF_A_LINE = 6 / 5  # the variance of a line's slope on a random walk, over that of the mean growth


@dataclass(frozen=True)
class Growth:
    """By how much a quantity grows for each step of ``x``, with the bounds of the 99 % interval.

    ``judged`` is the growth over the judged half. It ``goes_on`` if it does not come to an end in that half. ``first``
    and ``last`` are medians at both ends of all samples.
    """

    slope: float
    low: float
    high: float
    judged: float
    goes_on: bool
    first: float
    last: float

    def drifts(self, least: float, *, falls: bool = False) -> bool:
        """Return whether it certainly grows, or with ``falls`` shrinks, by at least ``least`` in the judged half."""
        is_certain = self.high < 0 if falls else self.low > 0
        return is_certain and self.goes_on and abs(self.judged) >= least


def growth_with(x: Sequence[float], y: Sequence[float]) -> Growth | None:
    """Return how ``y`` grows with ``x``, which never falls; None with too few samples, or if ``x`` does not grow.

    Raises ValueError if the lengths differ.
    """
    places, values = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(places) != len(values):
        raise ValueError(f"{len(places)} places and {len(values)} values: each value needs its place")
    half = len(places) // 2
    if len(places) < FEWEST_SAMPLES or places[-1] <= places[half]:
        return None
    blocks = min(_BLOCKS, len(places) - half)
    at, levels = _medians(places[half:], blocks), _medians(values[half:], blocks)
    if at[-1] <= at[0]:
        return None
    slope = _theil_sen(at, levels)
    step = float(at[-1] - at[0]) / (blocks - 1)
    unexplained = np.diff(levels) - slope * np.diff(at)
    error = float(scipy.stats.sem(unexplained)) * _OF_A_LINE**0.5 / step
    margin = error * float(scipy.stats.t.ppf((1 + DRIFT_CONFIDENCE) / 2, blocks - 2))
    ends = _medians(values, min(2 * blocks, len(values)))
    return Growth(
        slope=slope,
        low=slope - margin,
        high=slope + margin,
        judged=slope * float(places[-1] - places[half]),
        goes_on=_goes_on(at, levels, slope),
        first=float(ends[0]),
        last=float(ends[-1]),
    )


def _medians(samples: NDArray[np.float64], blocks: int) -> NDArray[np.float64]:
    return np.array([np.median(block) for block in np.array_split(samples, blocks)])


def _theil_sen(at: NDArray[np.float64], levels: NDArray[np.float64]) -> float:
    """Return the median slope of all pairs at different places (scipy's warns where levels are equal)."""
    earlier, later = np.triu_indices(len(at), 1)
    apart = at[later] > at[earlier]
    earlier, later = earlier[apart], later[apart]
    return float(np.median((levels[later] - levels[earlier]) / (at[later] - at[earlier])))


def _goes_on(at: NDArray[np.float64], levels: NDArray[np.float64], slope: float) -> bool:
    """Return whether the later half of the blocks grows, in the direction of the slope, almost as the earlier one."""
    halves = zip(np.array_split(at, 2), np.array_split(levels, 2), strict=True)
    earlier, later = (_between_ends(*half) * float(np.sign(slope)) for half in halves)
    return later > 0 and later >= _GOES_ON * earlier


def _between_ends(at: NDArray[np.float64], levels: NDArray[np.float64]) -> float:
    """Return the slope from the first to the last; 0 if these are at the same place."""
    width = float(at[-1] - at[0])
    return float(levels[-1] - levels[0]) / width if width > 0 else 0.0
