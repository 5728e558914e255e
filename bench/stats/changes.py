"""Where the level of a series changed for good.

The series is cut into stretches of one level each, so that the squared distances to the levels and a price for each
cut are least (PELT: Killick, Fearnhead and Eckley 2012; the price is the modified BIC of Zhang and Siegmund 2007),
which ``fastcpd`` finds exactly. The scatter is told from neighbours' differences, so with few values it is told badly:
from 12 on, a series of one level is cut in 7 of 100 cases, from 20 on in 4 (``tests/stats/test_changes.py``). fastcpd
has wheels for Linux on x86-64, macOS and Windows; elsewhere there are no change points unless it is built.
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
    """From the value of this number on, the level is ``ratio`` times what it was before."""

    number: int
    ratio: float


def can_find_changes() -> bool:
    """Return whether the library that finds them is installed."""
    return importlib.util.find_spec("fastcpd") is not None


def changes(values: Sequence[float]) -> list[Change]:
    """Return the changes of level of a series of figures above 0, in their order; none with fewer than 12 values.

    Levels are compared as ratios, so the logarithms are cut. A value that would be a stretch of its own is an outlier:
    it is left out.
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
