"""Figures with intervals, from samples in blocks.

Blocks are what was drawn independently: calls of one turn resemble each other. So every interval comes from the
spread between blocks (a bootstrap that draws whole blocks, or a t interval over one figure a block), never from the
number of calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["Interval", "PairedRatio", "fewest_samples", "paired_ratio", "quantile", "rate"]

CONFIDENCE = 0.95
POWER = 0.80
_RESAMPLES = 999
_FEWEST_BLOCKS = 5
_TRIM = 0.2


@dataclass(frozen=True)
class Interval:
    """A value and the bounds of its 95 % interval; no bounds where there were fewer than five blocks."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class PairedRatio:
    """A ratio by pairs, its interval, and the smallest relative difference that so many pairs can show."""

    value: float
    low: float | None
    high: float | None
    detectable: float | None


def fewest_samples(p: float) -> int:
    """Give the number of samples under which the percentile ``p`` (0 to 1) is not shown: 10 beyond it."""
    return round(10 / (1 - p))


def quantile(blocks: Sequence[Sequence[int]], p: float, rng: np.random.Generator) -> Interval | None:
    """Give the quantile ``p`` of all samples, with a bootstrap interval; None with too few samples for it."""
    samples = np.asarray([sample for block in blocks for sample in block], dtype=np.int64)
    if len(samples) < fewest_samples(p):
        return None
    value = float(np.quantile(samples, p))
    if len(blocks) < _FEWEST_BLOCKS:
        return Interval(value)
    owners = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])
    order = np.argsort(samples, kind="stable")
    draws = [_drawn_quantile(samples[order], owners[order], p, weights) for weights in _weights(len(blocks), rng)]
    return _percentile_interval(value, np.asarray(draws))


def rate(counts: Sequence[int], durations_ns: Sequence[int], rng: np.random.Generator) -> Interval | None:
    """Give events a second over all blocks, with a bootstrap interval; None without blocks."""
    events, seconds = np.asarray(counts, dtype=float), np.asarray(durations_ns, dtype=float) / 1e9
    if not len(events):
        return None
    value = float(events.sum() / seconds.sum())
    if len(events) < _FEWEST_BLOCKS:
        return Interval(value)
    draws = [float(weights @ events / (weights @ seconds)) for weights in _weights(len(events), rng)]
    return _percentile_interval(value, np.asarray(draws))


def paired_ratio(figures: Sequence[float], reference: Sequence[float]) -> PairedRatio:
    """Give the typical ratio ``figures[i] / reference[i]`` with its interval.

    It is the trimmed mean of the logarithms, 20 % at either end, with its t interval (Yuen 1974; Wilcox, Introduction
    to Robust Estimation and Hypothesis Testing): a neighbour's burst on a shared machine moves it little.
    ``detectable`` widens the interval to a power of 80 %: ``exp(half * (t_0.975 + t_0.8) / t_0.975) - 1``.
    """
    logs = np.log(np.asarray(figures, dtype=float) / np.asarray(reference, dtype=float))
    typical = float(stats.trim_mean(logs, _TRIM))
    if len(logs) < _FEWEST_BLOCKS:
        return PairedRatio(float(np.exp(typical)), None, None, None)
    low, high = map(float, stats.mstats.trimmed_mean_ci(logs, limits=(_TRIM, _TRIM), alpha=1 - CONFIDENCE))
    freedom = len(logs) - 2 * int(_TRIM * len(logs)) - 1
    certain, visible = stats.t.ppf((1 + CONFIDENCE) / 2, freedom), stats.t.ppf(POWER, freedom)
    half = (high - low) / 2 * (certain + visible) / certain
    return PairedRatio(float(np.exp(typical)), float(np.exp(low)), float(np.exp(high)), float(np.expm1(half)))


def _weights(blocks: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Say how often each block is in each resample: rows sum to ``blocks``."""
    return rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=_RESAMPLES)


def _drawn_quantile(
    ordered: NDArray[np.int64], owners: NDArray[np.int64], p: float, weights: NDArray[np.int64]
) -> float:
    seen = np.cumsum(weights[owners])
    return float(ordered[np.searchsorted(seen, p * seen[-1])])


def _percentile_interval(value: float, draws: NDArray[np.float64]) -> Interval:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(value, float(low), float(high))
