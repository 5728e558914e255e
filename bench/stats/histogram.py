"""Durations counted by size: small to keep, added up exactly, and accurate to 0.05 %.

A value is stored as the middle of its bucket, and the buckets are those of an HdrHistogram with 3 significant digits:
exact below 2048 ns, and from there on each power of two is cut into 1024 (Tene, HdrHistogram, ``HdrHistogram.java``).
So the error is at most ``2**-11`` of the value, and a percentile of many runs is taken from their added counts, never
from their percentiles.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Histogram"]

_MERGED_AT_ONCE = 8  # what many have in common takes no more memory than a few
_SUB_BUCKET_BITS = 11  # 2048 sub-buckets: the fewest that distinguish 3 significant digits


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many samples there were of each (quantised) duration, shortest first; no sample is ever left out.

    A negative duration is kept exactly as it is: it shows that clocks disagree, so it must stay visible. The exact sum
    of the samples, and so their mean, cannot be computed from it: add them up separately if you need them.
    """

    values_ns: NDArray[np.integer]
    counts: NDArray[np.integer]

    def __post_init__(self) -> None:
        if self.values_ns.shape != self.counts.shape or self.values_ns.ndim != 1:
            raise ValueError(f"{self.values_ns.shape} values with {self.counts.shape} counts: each value needs a count")
        if np.any(self.values_ns[1:] <= self.values_ns[:-1]) or np.any(self.counts < 1):
            raise ValueError("the values of a histogram must rise, and each must have been seen at least once")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return np.array_equal(self.values_ns, other.values_ns) and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment]  # its arrays could be written to

    @classmethod
    def of(cls, samples_ns: Iterable[int] | NDArray[np.integer]) -> "Histogram":
        """Count durations in whole nanoseconds. Raises TypeError for anything but integers of 64 bits."""
        values, counts = np.unique(_quantised(_whole(samples_ns)), return_counts=True)
        return cls(values, counts.astype(np.int64))

    @classmethod
    def merged(cls, histograms: Iterable["Histogram"]) -> "Histogram":
        """Add the counts of all of them: the result is the histogram of all their samples, in any order."""
        parts = list(histograms)
        if len(parts) > _MERGED_AT_ONCE:
            some = (parts[start : start + _MERGED_AT_ONCE] for start in range(0, len(parts), _MERGED_AT_ONCE))
            return cls.merged(map(cls.merged, some))
        every = np.concatenate([_whole(()), *(part.values_ns for part in parts)])
        values, places = np.unique(every, return_inverse=True)
        counts = np.zeros(len(values), dtype=np.int64)
        np.add.at(counts, places, np.concatenate([_whole(()), *(part.counts for part in parts)]))
        return cls(values, counts)

    @property
    def total(self) -> int:
        """Return the number of samples."""
        return int(self.counts.sum())

    def quantile(self, p: float) -> int:
        """Return the shortest duration that at least the share ``p`` (0 to 1) of the samples do not exceed.

        This is the inverse of the cumulative distribution, accurate to 0.05 %. It does not check whether there are
        enough samples to show the quantile. Raises ValueError without samples.
        """
        if not 0 <= p <= 1:
            raise ValueError(f"the share of a quantile must be from 0 to 1, not {p}")
        self._ask_for_samples()
        return int(self.values_ns[np.searchsorted(self.counts.cumsum(), p * self.total)])

    def share_above(self, limit_ns: int) -> float:
        """Return the share (0 to 1) of samples longer than this; those within 0.05 % of it may be on the wrong side.

        Raises ValueError without samples.
        """
        self._ask_for_samples()
        return int(self.counts[self.values_ns > limit_ns].sum()) / self.total

    def _ask_for_samples(self) -> None:
        if not self.total:
            raise ValueError("the histogram is empty: nothing was measured")


def _whole(samples_ns: Iterable[int] | NDArray[np.integer]) -> NDArray[np.int64]:
    samples = samples_ns if isinstance(samples_ns, np.ndarray) else np.asarray(list(samples_ns))
    return samples.astype(np.int64, casting="safe") if samples.size else np.empty(0, dtype=np.int64)


def _quantised(values_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the middle of each value's bucket; negative values stay as they are."""
    # The bits beyond the first 11 are counted with frexp, which is exact here: its argument has at most 53 bits.
    shifts = np.frexp((np.maximum(values_ns, 0) >> _SUB_BUCKET_BITS).astype(np.float64))[1].astype(np.int64)
    lows = values_ns >> shifts << shifts
    middles: NDArray[np.int64] = lows + ((np.int64(1) << shifts) >> 1)
    return middles
