"""Where the level of a series changed permanently.

The series is cut into stretches with one level each, so that the squared distances to the levels plus a penalty for
each cut are minimal (PELT: Killick, Fearnhead and Eckley 2012; the penalty is the modified BIC of Zhang and Siegmund
2007). ``fastcpd`` finds this minimum exactly. The scatter is estimated from neighbours' differences, so with few values
the estimate is poor: with 12 values, a series of one level is cut in 7 of 100 cases, with 20 in 4
(``tests/stats/test_changes.py``). fastcpd is an extra, because it has no wheel for Linux on arm64; without it there are
no change points.
"""

import importlib.util
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST_VALUES", "Change", "can_find_changes", "changes"]

FEWEST_VALUES = 12


@dataclass(frozen=True)
class Change:
    """From the value with this number on, the level is ``ratio`` times the level before."""

    number: int
    ratio: float


def can_find_changes() -> bool:
    """Return True if the library that finds changes is installed."""
    return importlib.util.find_spec("fastcpd") is not None


def changes(values: Sequence[float]) -> list[Change]:
    """Return the changes of level of a series of figures above 0, in their order; none with fewer than 12 values.

    Levels are compared as ratios, so the logarithms are cut. A value that would be its own stretch is an outlier and is
    left out.
    """
    if len(values) < FEWEST_VALUES or not can_find_changes():
        return []
    from fastcpd import detect_mean

    logs = np.log(np.asarray(values, dtype=float))
    numbers = np.arange(len(logs))
    cuts: list[int] = []
    while np.ptp(logs[numbers]):
        cuts = [int(cut) for cut in detect_mean(logs[numbers].reshape(-1, 1), cp_only=True).cp_set]
        lonely = [left for left, right in pairwise([0, *cuts, len(numbers)]) if right - left == 1]
        if not lonely:
            break
        numbers = np.delete(numbers, lonely)
    return list(_changes(logs[numbers], numbers, cuts))


def _changes(logs: NDArray[np.float64], numbers: NDArray[np.int64], cuts: list[int]) -> Iterator[Change]:
    levels = [float(part.mean()) for part in np.split(logs, cuts)]
    for cut, (before, after) in zip(cuts, pairwise(levels), strict=True):
        yield Change(int(numbers[cut]), math.exp(after - before))
