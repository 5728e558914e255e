"""How times grow with distance, and where two of them cross.

A time per operation is ``fixed + round_trips * rtt``: a straight line over the distance. Where one subject overtakes
another, the line through the *differences* of their times is zero. The differences come from paired ratios, in which
most of what disturbs a machine cancels out, so they are more precise than the two lines.

Standard errors decide how points weigh against each other; their common scale is estimated from the distances to the
line, with Student's t for the degrees of freedom that are left. So the intervals hold even if all errors were too small
by some factor. The interval of a crossing has every distance at which a zero difference is within the 95 % band of the
line (Fieller, Some Problems in Interval Estimation, 1954). A crossing is found only if the band excludes zero at both
ends of the measured range, with opposite signs, so its interval always lies within that range.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # loads its parts on demand: they take a second
from numpy.typing import NDArray

from bench.stats.intervals import CONFIDENCE, LUCK, Interval

__all__ = ["FEWEST_POINTS", "FoundCrossing", "LineFit", "Point", "difference", "find_crossing", "fit_line"]

FEWEST_POINTS = 4
"""How many different distances a fit needs: twice the number of its parameters."""
_ROUGH = 0.01  # of a time: no distance is kept better than that
_SURE = 1.96  # half a 95 % interval in standard errors

Point = tuple[float, float, float]
"""(distance, value, the value's standard error)."""
_Array = NDArray[np.float64]


@dataclass(frozen=True)
class LineFit:
    """``fixed + slope * distance`` with 95 % intervals.

    ``misses`` is by how much the line misses a point at most, as a share of its value, beyond the point's own error.
    """

    fixed: Interval
    slope: Interval
    misses: float


@dataclass(frozen=True)
class FoundCrossing:
    """Where a difference changes its sign; ``at`` is None if that is not certain within the measured range.

    ``near`` and ``far`` are the signs of the difference at the ends of the range, 0 where it is not certain.
    ``everywhere`` is True if the sign is certain, and the same, at every distance of the range.
    """

    at: Interval | None
    near: int
    far: int
    everywhere: bool


def fit_line(points: Sequence[Point]) -> LineFit:
    """Fit a line to times at distances. Raises ValueError for too few distances and for times that are not above 0."""
    distance, value, error = _checked(points)
    if value.min() <= 0:
        raise ValueError("times must be above 0")
    rough = np.sqrt((LUCK * value.min()) ** 2 + (_ROUGH * value) ** 2)
    line = _Line.through(distance, value, np.hypot(error, rough))
    misses = float(np.max(np.maximum(np.abs(value - line.at(distance)) - _SURE * error, 0) / value))
    return LineFit(line.interval(0), line.interval(1), misses)


def difference(own: float, log_ratio: float, error: float, own_error: float) -> tuple[float, float]:
    """Return the difference of two times, and its standard error, from one of them and the ratio of the two.

    ``log_ratio`` is the logarithm of ``own`` over the other time, and ``error`` its standard error; ``own_error`` is
    that of ``own``, to which the difference is proportional.
    """
    share, error = -np.expm1(-log_ratio), float(np.hypot(error, _ROUGH))
    return float(own * share), float(np.hypot(own * np.exp(-log_ratio) * error, share * own_error))


def find_crossing(points: Sequence[Point], fixed: float) -> FoundCrossing:
    """Find where differences at distances change their sign.

    ``fixed`` is the part of the compared times that is not round trips, in which sets of processes differ by luck.
    Raises ValueError for too few distances.
    """
    distance, value, error = _checked(points)
    line = _Line.through(distance, value, np.hypot(error, LUCK * fixed))
    low, high = float(distance.min()), float(distance.max())
    near, far = line.sign(low), line.sign(high)
    if near * far < 0:
        return FoundCrossing(line.crossing(), near, far, everywhere=False)
    return FoundCrossing(None, near, far, everywhere=near * far > 0 and not line.may_be_zero_within(low, high))


@dataclass(frozen=True)
class _Line:
    """A weighted fit: two coefficients, their covariance, and the width of a 95 % interval in standard errors."""

    best: _Array
    covariance: _Array
    width: float

    @classmethod
    def through(cls, distance: _Array, value: _Array, error: _Array) -> "_Line":
        columns = np.stack([np.ones_like(distance), distance], axis=1) / error[:, None]
        inverse = np.linalg.inv(columns.T @ columns).astype(np.float64)
        best: _Array = inverse @ columns.T @ (value / error)
        freedom = len(distance) - len(best)
        variance = float(np.sum((value / error - columns @ best) ** 2)) / freedom
        return cls(best, variance * inverse, float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, freedom)))

    def at(self, distance: _Array | float) -> _Array:
        value: _Array = np.asarray(self.best[0] + self.best[1] * distance)
        return value

    def interval(self, number: int) -> Interval:
        middle = float(self.best[number])
        half = self.width * float(np.sqrt(self.covariance[number, number]))
        return Interval(middle, middle - half, middle + half)

    def band(self) -> tuple[float, float, float]:
        """Return the quadratic in the distance that is negative where zero is within the band."""
        (fixed, slope), wide = self.best, self.width**2 * self.covariance
        return slope**2 - wide[1, 1], 2 * (fixed * slope - wide[0, 1]), fixed**2 - wide[0, 0]

    def crossing(self) -> Interval:
        """Return where the line is zero, between the ends of where the band has zero."""
        second, first, rest = self.band()
        zero, middle = float(-self.best[0] / self.best[1]), -first / (2 * second)
        half = float(np.sqrt(max(0.0, middle**2 - rest / second)))  # rounding may leave less than 0 of an exact line
        return Interval(zero, min(zero, middle - half), max(zero, middle + half))

    def sign(self, distance: float) -> int:
        """Return the sign at a distance; 0 if it is not certain."""
        return int(np.sign(self.at(distance))) if np.polyval(self.band(), distance) > 0 else 0

    def may_be_zero_within(self, low: float, high: float) -> bool:
        """Return whether the band has a zero between two distances at which it has none."""
        second, first, _ = self.band()
        lowest = -first / (2 * second) if second > 0 else low
        return bool(low < lowest < high and np.polyval(self.band(), lowest) <= 0)


def _checked(points: Sequence[Point]) -> tuple[_Array, _Array, _Array]:
    """Return distances, values and standard errors."""
    different = len({distance for distance, _, _ in points})
    if different < FEWEST_POINTS:
        raise ValueError(f"a line over the distance needs {FEWEST_POINTS} different distances or more, not {different}")
    distance, value, error = np.array(points, dtype=float).T
    if not np.isfinite(points).all() or error.min() < 0:
        raise ValueError("distances, values and standard errors must be finite, and no error below 0")
    return distance, value, error
