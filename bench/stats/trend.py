"""Whether a backlog grows: an open-loop latency is meaningful only under a load that the worker keeps up with.

A backlog is close to a random walk: each of its samples begins where the previous one ended. A straight line fitted to
such samples (``scipy.stats.linregress``) assumes that they are independent, so its interval is far too narrow. The line
also follows the walk, so counting fewer, "effective" samples by the remaining correlation does not help enough. The
*growth* from one sample to the next is independent in a worker that cannot keep up, and reverses itself in one that
can. So the slope here is the mean growth, with the t interval of a mean. A stall shorter than a bin is not a trend.

Of 100 runs with 500 tasks, this many were called growing (1000 simulated runs each, one worker that begins with an
empty queue; ``tests/stats/test_trend.py`` shows them):

| sent | spread of a task's duration | judged by | load 0.5 | 0.9 | 0.98 | 1.1 |
| --- | --- | --- | --- | --- | --- | --- |
| evenly | 20 % | growth | 0 | 0 | 0 | 100 |
| evenly | 50 % | growth | 0 | 0 | 1 | 98 |
| evenly | 50 % | line | 0 | 3 | 30 | 100 |
| evenly | 50 % | line, effective samples | 0 | 1 | 15 | 84 |
| at random (M/D/1) | none | growth | 0 | 0 | 1 | 52 |
| at random (M/D/1) | none | line | 3 | 17 | 49 | 97 |
| at random (M/D/1) | none | line, effective samples | 3 | 8 | 24 | 66 |

So at most 5 of 100 loads that a worker keeps up with are called growing, and an overload of a tenth is detected if
tasks are sent evenly, as they are here. Tasks sent at random create their own backlog: even a limit on the slope
chosen to call 5 of 100 growing at load 0.98 detects only 70 to 75 at load 1.1. With 2000 tasks, growth detects 98.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # loads its parts on demand: they take a second
from numpy.typing import NDArray

from bench.stats.intervals import CONFIDENCE

__all__ = ["Trend", "backlog_trend"]

_FEWEST_BINS = 3


@dataclass(frozen=True)
class Trend:
    """By how many tasks a second the backlog grew, with the bounds of its 95 % interval."""

    slope_per_s: float
    low: float
    high: float

    @property
    def grows(self) -> bool:
        """Whether the backlog certainly grew: tasks came faster than the worker finished them."""
        return self.low > 0


def backlog_trend(
    sent_ns: Sequence[int] | NDArray[np.int64], finished_ns: Sequence[int] | NDArray[np.int64], bins: int = 20
) -> Trend:
    """Return the trend of the tasks that are sent and not finished yet, while tasks are being sent.

    The backlog is counted in the middle of each of ``bins`` equal parts of the time between the first and the last
    send. Times are nanoseconds of one clock, in any order; a task that never finished is only in ``sent_ns``. Raises
    ValueError if there is nothing to judge by.
    """
    sent, finished = np.sort(np.asarray(sent_ns, dtype=np.int64)), np.sort(np.asarray(finished_ns, dtype=np.int64))
    if bins < _FEWEST_BINS:
        raise ValueError(f"a trend needs {_FEWEST_BINS} bins or more, not {bins}")
    if len(finished) > len(sent):
        raise ValueError(f"{len(finished)} tasks finished, but only {len(sent)} were sent")
    if not len(sent) or sent[0] == sent[-1]:
        raise ValueError("a trend needs tasks that were sent at different times")
    part_ns = float(sent[-1] - sent[0]) / bins
    moments_ns = sent[0] + (part_ns * (np.arange(bins) + 0.5)).astype(np.int64)
    backlog = np.searchsorted(sent, moments_ns, side="right") - np.searchsorted(finished, moments_ns, side="right")
    return _mean_growth(np.diff(backlog), part_ns / 1e9)


def _mean_growth(growth: NDArray[np.int64], part_s: float) -> Trend:
    error = float(scipy.stats.sem(growth))
    half = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(growth) - 1)) * error
    mean = float(np.mean(growth))
    return Trend(mean / part_s, (mean - half) / part_s, (mean + half) / part_s)
