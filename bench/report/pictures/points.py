"""Computes the points of curves from a row's histogram."""

import numpy as np

from bench.records.turns import HistogramRecord
from bench.stats.intervals import fewest_samples

__all__ = ["by_percentile", "percentiles_shown"]

_SHARES = (0.5, 0.9, 0.95, 0.99, 0.999, 0.9999)
_CURVE_POINTS = 31
_BEYOND = 10  # samples beyond the end of a curve


def by_percentile(histogram: HistogramRecord | None) -> list[tuple[float, float]]:
    """Return (share of samples, nanoseconds) points, evenly spaced in ``-log10(1 - share)``.

    The curve ends where fewer than ten samples lie beyond it; with fewer than twenty samples, it has no points.
    """
    if histogram is None or (counted := histogram.counted()).total < fewest_samples(0.5):
        return []
    shares = (1 - np.logspace(0, np.log10(_BEYOND / counted.total), _CURVE_POINTS)).tolist()
    return [(share, float(counted.quantile(share))) for share in shares]


def percentiles_shown(histogram: HistogramRecord | None) -> dict[float, float]:
    """Return the percentiles, in nanoseconds, for which there are enough samples."""
    if histogram is None:
        return {}
    counted = histogram.counted()
    shown = (share for share in _SHARES if counted.total >= fewest_samples(share))
    return {share: float(counted.quantile(share)) for share in shown}
