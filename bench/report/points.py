"""What pictures are drawn from: points out of a row's histogram, and the figure of one turn."""

from statistics import median

import numpy as np

from bench.records.turns import DrainTurn, EnqueueTurn, FirstPublishTurn, Histogram, LatencyTurn, Turn, WakeupTurn

__all__ = ["by_percentile", "percentiles_shown", "quantiles", "turn_figure"]

_SHARES = (0.5, 0.9, 0.95, 0.99, 0.999, 0.9999)
_CURVE_POINTS = 80
_BEYOND = 10  # samples that must lie beyond a percentile for it to be shown


def turn_figure(turn: Turn) -> float | None:
    """Give a turn's median call, response, or time to the start, in nanoseconds, or its tasks a second.

    None without samples, and for what is no figure while it is measured.
    """
    match turn:
        case DrainTurn():
            return turn.tasks / turn.duration_ns * 1e9
        case EnqueueTurn():
            return float(median(turn.samples_ns)) if turn.samples_ns else None
        case LatencyTurn():
            return quantiles(turn.response, [0.5])[0] if turn.response.counts else None
        case WakeupTurn():
            return float(turn.start_ns)
        case FirstPublishTurn():
            return float(turn.process_ns)
        case _:
            return None


def quantiles(histogram: Histogram, shares: list[float]) -> list[float]:
    """Give for each share the shortest duration that so many samples do not exceed, in nanoseconds.

    There must be samples.
    """
    reached = np.cumsum(histogram.counts)
    places = np.searchsorted(reached, np.asarray(shares) * reached[-1] * (1 - 1e-12))
    return [float(value) for value in np.asarray(histogram.values_ns)[places]]


def by_percentile(histogram: Histogram | None) -> list[tuple[float, float]]:
    """Give (share of samples, nanoseconds) points, evenly spaced in ``-log10(1 - share)``.

    The curve ends where fewer than ten samples lie beyond; it has no points with fewer than twenty samples.
    """
    samples = _total(histogram)
    if histogram is None or samples < 2 * _BEYOND:
        return []
    shares = (1 - np.logspace(0, np.log10(_BEYOND / samples), _CURVE_POINTS)).tolist()
    return list(zip(shares, quantiles(histogram, shares), strict=True))


def percentiles_shown(histogram: Histogram | None) -> dict[float, float]:
    """Give the percentiles in nanoseconds that there are samples enough for."""
    samples = _total(histogram)
    shares = [share for share in _SHARES if round(samples * (1 - share), 6) >= _BEYOND]
    return dict(zip(shares, quantiles(histogram, shares), strict=True)) if histogram and shares else {}


def _total(histogram: Histogram | None) -> int:
    return sum(histogram.counts) if histogram else 0
