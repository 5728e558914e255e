"""Figures with intervals, from samples in blocks and blocks in generations.

Calls of one turn resemble each other, and so do all blocks that were measured in the same processes (each process has
its own luck: where its memory lies, how its tables turned out). So no interval comes from the number of calls: a
hierarchical bootstrap draws generations of processes, and blocks within each (Kalibera and Jones, Rigorous Benchmarking
in Reasonable Time, 2013). With a dozen generations at most, the percentiles of such draws are too narrow (with four
generations, they cover the truth in 80 of 100 cases instead of 95); their spread, with the t quantile for that few, is
not (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 12).

Two or three generations tell too little about the luck of processes: their t quantiles are 12.7 and 4.3. So what is
known about it from many runs counts as much as four more generations that differ by 4 %, the most that was seen (a
moderated t statistic: Smyth, Linear models and empirical Bayes methods, 2004). If the run's own generations differ by
more, they prevail. ``tests/truths/quick_verdicts.py`` shows by simulation that this is honest. One generation cannot
tell anything about luck: its blocks are drawn, and there is no verdict.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # loads its parts on demand: they take a second
from numpy.typing import NDArray

from bench.stats.histogram import Histogram

__all__ = [
    "CONFIDENCE",
    "FEWEST_GENERATIONS",
    "LUCK",
    "POWER",
    "Interval",
    "PairedRatio",
    "fewest_samples",
    "paired_ratio",
    "quantiles",
    "rate",
    "typical",
    "unpaired_ratio",
    "with_error",
]

CONFIDENCE = 0.95
POWER = 0.80
FEWEST_GENERATIONS = 4
"""From that many on, the luck of processes is estimated from the run alone."""
LUCK = 0.04
"""How far equal subjects differ from one set of processes to the next, at most: a standard deviation of logarithms."""
_LUCK_FREEDOM = 4
"""How many degrees of freedom that knowledge is worth where there are few generations."""
_FEWEST_BLOCKS = 5
_RESAMPLES = 499
_WIDEST = 100.0  # half of an interval, as a logarithm: two generations that differ by far must not overflow a record
_AT_ONCE = 20_000  # figures of resamples that are in memory at the same time
_TRIM = 0.2


@dataclass(frozen=True)
class Interval:
    """A value and the bounds of its 95 % interval; no bounds if there was too little to draw from."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class PairedRatio:
    """A ratio, of pairs or of two runs, its interval, and the smallest relative difference that was detectable.

    ``error`` is the standard error of its logarithm, and ``freedom`` the degrees of freedom of that error. Without
    ``includes_luck`` it says nothing about other processes than these, and there is no verdict.
    """

    value: float
    low: float | None = None
    high: float | None = None
    detectable: float | None = None
    error: float | None = None
    freedom: float = 0
    generations: int = 1
    includes_luck: bool = True


def fewest_samples(p: float) -> int:
    """Return how many samples the percentile ``p`` (0 to 1) needs to be shown: 10 beyond it."""
    return round(10 / (1 - p))


def quantiles(
    generations: Sequence[Sequence[Histogram]], shares: Sequence[float], rng: np.random.Generator
) -> list[Interval | None]:
    """Return quantiles of the samples of each block of each generation; None with too few samples for one."""
    blocks = [block for generation in generations for block in generation]
    whole = Histogram.merged(blocks)
    shown = [p for p in shares if whole.total >= fewest_samples(p)]
    if not shown:
        return [None for _ in shares]
    weights = _weights([len(generation) for generation in generations], rng)
    draws = _drawn_quantiles(whole.values_ns, blocks, shown, weights)
    known = {p: _of_draws(whole.quantile(p), one, _top(generations)) for p, one in zip(shown, draws, strict=True)}
    return [known.get(p) for p in shares]


def rate(generations: Sequence[Sequence[tuple[int, int]]], rng: np.random.Generator) -> Interval | None:
    """Return events a second from (events, nanoseconds) of each block of each generation; None without blocks."""
    blocks = np.asarray([block for generation in generations for block in generation], dtype=float)
    if not len(blocks):
        return None
    events, seconds = blocks[:, 0], blocks[:, 1] / 1e9
    weights = _weights([len(generation) for generation in generations], rng)
    draws = np.log((weights @ events) / (weights @ seconds))
    return _interval(float(events.sum() / seconds.sum()), draws, _top(generations))


def typical(logs: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the 20 % trimmed mean over the blocks of a generation; of fewer than five, nothing is trimmed."""
    return float(np.mean(logs) if len(logs) < _FEWEST_BLOCKS else scipy.stats.trim_mean(logs, _TRIM))


def paired_ratio(
    generations: Sequence[Sequence[float] | NDArray[np.float64]],
    rng: np.random.Generator,
    fewest: int = FEWEST_GENERATIONS,
) -> PairedRatio:
    """Return the typical ratio with its interval, from the logarithms of the blocks' ratios of each generation.

    It is the mean over generations of the 20 % trimmed mean over their blocks: every block stays in the record, and
    a neighbour's burst on a shared machine moves the figure little. ``detectable`` is the difference that such a run
    would show in 80 of 100 cases: ``exp(error * (t_0.975 + t_0.8)) - 1``. From ``fewest`` generations on,
    the luck of processes is estimated from them alone; with fewer, but more than one, it is partly assumed.
    """
    logs = [np.asarray(generation, dtype=float) for generation in generations if len(generation)]
    typical = float(np.mean([scipy.stats.trim_mean(generation, _TRIM) for generation in logs]))
    if len(logs) >= fewest:
        return with_error(typical, _error(_hierarchical_draws(logs, rng), len(logs)), len(logs) - 1, len(logs))
    if len(logs) > 1:
        return with_error(typical, *_few(logs, rng), len(logs))
    (blocks,) = logs
    if len(blocks) < _FEWEST_BLOCKS:
        return PairedRatio(float(np.exp(typical)), includes_luck=False)
    error = _error(_trimmed_draws(blocks, rng), len(blocks))
    return with_error(typical, error, len(blocks) - 1, generations=1, includes_luck=False)


def _few(generations: list[NDArray[np.float64]], rng: np.random.Generator) -> tuple[float, float]:
    """Return the standard error from two or three generations, and its degrees of freedom.

    If too few blocks show how they scatter within a generation, nothing but the generations' own spread counts.
    """
    own = len(generations) - 1
    spread = float(np.var([scipy.stats.trim_mean(generation, _TRIM) for generation in generations], ddof=1))
    sizes = [len(generation) for generation in generations]
    if min(sizes) == 1 or sum(sizes) - len(sizes) < _LUCK_FREEDOM:
        return float(np.sqrt(spread / len(sizes))), own
    scatter = np.mean([_error(_trimmed_draws(generation, rng), len(generation)) ** 2 for generation in generations])
    variance = (_LUCK_FREEDOM * (LUCK**2 + scatter) + own * spread) / (_LUCK_FREEDOM + own)
    return float(np.sqrt(variance / len(sizes))), _LUCK_FREEDOM + own


def unpaired_ratio(
    current: Sequence[Sequence[float] | NDArray[np.float64]], baseline: Sequence[Sequence[float] | NDArray[np.float64]]
) -> PairedRatio:
    """Return the ratio of two runs' typical figures, from the logarithms of the blocks' figures of each generation.

    Blocks of different runs are not pairs. A run's typical figure is the mean over generations of the 20 % trimmed mean
    over their blocks. A generation's mean contains its processes' luck and the scatter of its blocks, so the interval
    is Welch's over generations; ``generations`` is the smaller number of the two. With fewer than four on either side,
    the interval is over blocks and does not include luck. No such interval includes what differed during one whole run.
    """
    sides = [
        [np.asarray(generation, dtype=float) for generation in side if len(generation)] for side in (current, baseline)
    ]
    typical = [np.array([scipy.stats.trim_mean(generation, _TRIM) for generation in side]) for side in sides]
    value, generations = float(typical[0].mean() - typical[1].mean()), min(map(len, sides))
    drawn = typical if generations >= FEWEST_GENERATIONS else [np.concatenate(side) for side in sides]
    if generations < FEWEST_GENERATIONS and min(map(len, drawn)) < _FEWEST_BLOCKS:
        return PairedRatio(float(np.exp(value)), generations=generations, includes_luck=False)
    error, enough = float(np.hypot(*map(scipy.stats.sem, drawn))), generations >= FEWEST_GENERATIONS
    return with_error(value, error, _welch_freedom(*drawn), generations, includes_luck=enough)


def _welch_freedom(current: NDArray[np.float64], baseline: NDArray[np.float64]) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # figures of one side may all be equal
        freedom = float(scipy.stats.ttest_ind(current, baseline, equal_var=False).df)
    return freedom if np.isfinite(freedom) else float(min(len(current), len(baseline)) - 1)


def with_error(
    typical: float, error: float, freedom: float, generations: int, *, includes_luck: bool = True
) -> PairedRatio:
    """Return the ratio of that logarithm with its interval and what is detectable, from its standard error."""
    certain, visible = scipy.stats.t.ppf((1 + CONFIDENCE) / 2, freedom), scipy.stats.t.ppf(POWER, freedom)
    half, seen = (min(error * width, _WIDEST) for width in (certain, certain + visible))
    low, high = np.exp([typical - half, typical + half])
    return PairedRatio(
        float(np.exp(typical)),
        low=float(low),
        high=float(high),
        detectable=float(np.expm1(seen)),
        error=error,
        freedom=freedom,
        generations=generations,
        includes_luck=includes_luck,
    )


def _hierarchical_draws(generations: list[NDArray[np.float64]], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the means of resamples: generations drawn with replacement, and then blocks within each."""
    each = np.stack([_trimmed_draws(generation, rng) for generation in generations])
    drawn = rng.integers(len(generations), size=each.shape)
    means: NDArray[np.float64] = each[drawn, rng.integers(_RESAMPLES, size=each.shape)].mean(axis=0)
    return means


def _trimmed_draws(logs: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the trimmed means of resamples of these blocks."""
    rows = max(1, _AT_ONCE // len(logs))
    sizes = [(min(rows, _RESAMPLES - start), len(logs)) for start in range(0, _RESAMPLES, rows)]
    return np.concatenate([scipy.stats.trim_mean(rng.choice(logs, size=size), _TRIM, axis=1) for size in sizes])


def _top(generations: Sequence[Sequence[object]]) -> int:
    """Return how many were drawn from at the upper level; 0 if that is too few for an interval."""
    if len(generations) >= FEWEST_GENERATIONS:
        return len(generations)
    blocks = sum(map(len, generations))
    return blocks if blocks >= _FEWEST_BLOCKS else 0


def _weights(sizes: list[int], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return how often each block is in each resample: a row for each resample, a column for each block."""
    if len(sizes) < FEWEST_GENERATIONS:
        sizes = [sum(sizes)]
    drawn = rng.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), size=_RESAMPLES)
    columns = [
        rng.multinomial(drawn[:, generation] * size, np.full(size, 1 / size)) for generation, size in enumerate(sizes)
    ]
    return np.concatenate(columns, axis=1)


def _drawn_quantiles(
    values: NDArray[np.integer], blocks: Sequence[Histogram], shares: Sequence[float], weights: NDArray[np.int64]
) -> NDArray[np.integer]:
    """Return each quantile of each resample; all blocks count the same values, so a resample is one product."""
    counts = np.zeros((len(blocks), len(values)), dtype=np.float32)
    for row, block in zip(counts, blocks, strict=True):
        row[np.searchsorted(values, block.values_ns)] = block.counts
    places = []
    for drawn in weights.astype(np.float32):
        seen = np.cumsum(drawn @ counts, dtype=np.float64)
        places.append(np.searchsorted(seen, np.multiply(shares, seen[-1])))
    found: NDArray[np.integer] = values[np.transpose(places)]
    return found


def _of_draws(value: int, draws: NDArray[np.integer], top: int) -> Interval:
    if draws.min() <= 0:  # a lag may be zero: its logarithm has no spread
        return Interval(float(value))
    return _interval(float(value), np.log(draws), top)


def _interval(value: float, draws: NDArray[np.float64], top: int) -> Interval:
    if not top:
        return Interval(value)
    half = scipy.stats.t.ppf((1 + CONFIDENCE) / 2, top - 1) * _error(draws, top)
    return Interval(value, value * float(np.exp(-half)), value * float(np.exp(half)))


def _error(draws: NDArray[np.float64], top: int) -> float:
    """Return the standard error of the draws, which few at the upper level understate by ``sqrt(1 - 1/top)``."""
    return float(np.std(draws, ddof=1) * np.sqrt(top / (top - 1)))
