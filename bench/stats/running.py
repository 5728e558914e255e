"""The interval of a figure while it is being measured: cheap enough to be drawn twice a second."""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import mean, median, stdev

import scipy  # loads its parts on demand: they take a second

from bench.stats.intervals import CONFIDENCE, FEWEST_GENERATIONS, Interval

__all__ = ["running_interval"]

_FEWEST_TURNS = 6
"""From that many on, the interval from the least to the greatest contains the median in 95 of 100 cases."""


def running_interval(generations: Sequence[Sequence[float]]) -> Interval:
    """Return the typical figure of the turns of each generation so far, with its 95 % interval.

    With few generations, it is the median of all turns, and the interval has no assumption about their distribution
    (David and Nagaraja, Order Statistics, 2003, chapter 7.1). From ``FEWEST_GENERATIONS`` on, it is the geometric mean
    of the generations' medians, and the interval includes the luck of processes, as the final one does.
    """
    if len(generations) < FEWEST_GENERATIONS:
        return _of_turns(sorted(figure for turns in generations for figure in turns))
    return _of_generations([math.log(median(turns)) for turns in generations])


def _of_turns(ordered: Sequence[float]) -> Interval:
    middle, count = median(ordered), len(ordered)
    if count < _FEWEST_TURNS:
        return Interval(middle)
    reach = _normal() * math.sqrt(count) / 2
    low, high = math.floor(count / 2 - reach), math.ceil(count / 2 + 1 + reach)
    return Interval(middle, ordered[max(low, 1) - 1], ordered[min(high, count) - 1])


def _of_generations(logs: Sequence[float]) -> Interval:
    half = _t(len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    typical = mean(logs)
    return Interval(math.exp(typical), math.exp(typical - half), math.exp(typical + half))


@lru_cache
def _t(freedom: int) -> float:
    return float(scipy.special.stdtrit(freedom, (1 + CONFIDENCE) / 2))


@lru_cache
def _normal() -> float:
    return float(scipy.special.ndtri((1 + CONFIDENCE) / 2))
