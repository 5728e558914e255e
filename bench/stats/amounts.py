"""What one thing costs, from what many of them cost together."""

from collections.abc import Sequence

import numpy as np
import scipy  # loads its parts on demand: they take a second

from bench.stats.intervals import CONFIDENCE, Interval

__all__ = ["FEWEST_FOR_A_SLOPE", "amount_of_one", "growth_of_one"]

_FEWEST_SETS = 3
FEWEST_FOR_A_SLOPE = 5
"""Sets in one series; with several series, one more for each additional one."""


def amount_of_one(sets: Sequence[tuple[int, float]]) -> Interval | None:
    """Return the amount of one thing from (things, amount) of each set; None without things.

    It is the ratio of the sums. Its interval, from three sets on, is the t interval of a ratio estimator (Cochran,
    Sampling Techniques, 1977, section 6.4); for sets of one size that is the t interval of the mean.
    """
    things, amounts = np.asarray(sets, dtype=float).reshape(-1, 2).T
    if not things.sum():
        return None
    value = float(amounts.sum() / things.sum())
    if len(sets) < _FEWEST_SETS:
        return Interval(value)
    spread = np.sqrt(np.sum((amounts - value * things) ** 2) / (len(sets) - 1))
    return _with_t_interval(value, float(spread / np.sqrt(len(sets)) / things.mean()), len(sets) - 1)


def growth_of_one(series: Sequence[Sequence[tuple[int, float]]]) -> Interval | None:
    """Return what one thing adds to a level, from (things, growth) of each set of each series, in their order.

    It is the slope of the summed growths over the summed things, by least squares: one slope for all series, with a
    separate level for each. The interval assumes that scatter about the line comes from the level (because of when a
    collector runs, for example). Where growths scatter independently, it is too narrow. None with fewer sets than
    ``FEWEST_FOR_A_SLOPE``.
    """
    sums = [np.cumsum(np.asarray(one, dtype=float), axis=0) for one in series if len(one)]
    freedom = sum(map(len, sums)) - len(sums) - 1
    if freedom < FEWEST_FOR_A_SLOPE - 2:
        return None
    things, levels = np.concatenate([one - one.mean(axis=0) for one in sums]).T
    slope = things @ levels / (things @ things)
    rest = levels - slope * things
    return _with_t_interval(float(slope), float(np.sqrt(rest @ rest / freedom / (things @ things))), freedom)


def _with_t_interval(value: float, error: float, freedom: int) -> Interval:
    half = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    return Interval(value, value - half, value + half)
