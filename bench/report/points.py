"""What pictures are drawn from: points out of a result's blocks. Warm-up is left out."""

from statistics import median

import numpy as np
from numpy.typing import NDArray

from bench.records.result import Block, DrainTurn, EnqueueTurn, Metric, Result

__all__ = ["by_percentile", "over_blocks", "percentiles_shown", "turn_figure"]

_SHARES = (0.5, 0.9, 0.95, 0.99, 0.999, 0.9999)
_CURVE_POINTS = 80
_BEYOND = 10  # samples that must lie beyond a percentile for it to be shown
_MOST_BINS = 40


def turn_figure(turn: EnqueueTurn | DrainTurn) -> float | None:
    """Give a turn's median call in nanoseconds, or its tasks a second; None without samples."""
    if isinstance(turn, DrainTurn):
        return turn.tasks / turn.duration_ns * 1e9
    return float(median(turn.samples_ns)) if turn.samples_ns else None


def by_percentile(result: Result, subject: str) -> list[tuple[float, float]]:
    """Give (share of calls, nanoseconds) points, evenly spaced in ``-log10(1 - share)``.

    The curve ends where fewer than ten samples lie beyond; it has no points with fewer than twenty samples.
    """
    samples = _samples(result, subject)
    if len(samples) < 2 * _BEYOND:
        return []
    shares = 1 - np.logspace(0, np.log10(_BEYOND / len(samples)), _CURVE_POINTS)
    return list(zip(shares.tolist(), np.quantile(samples, shares).tolist(), strict=True))


def percentiles_shown(result: Result, subject: str) -> dict[float, float]:
    """Give the percentiles of a subject's calls in nanoseconds that it has samples enough for."""
    samples = _samples(result, subject)
    shares = [share for share in _SHARES if round(len(samples) * (1 - share), 6) >= _BEYOND]
    return {share: float(np.quantile(samples, share)) for share in shares}


def over_blocks(result: Result, metric: Metric, subject: str) -> list[tuple[float, float]]:
    """Give (block, figure) in the blocks' order; many blocks are drawn together, by medians, to forty points.

    All subjects' points lie at the same blocks.
    """
    numbers = [block.number for block in result.blocks if block.metric == metric and not block.warmup]
    by_block = dict(_turn_figures(result.blocks, metric, subject))
    width = max(1, -(-len(numbers) // _MOST_BINS))
    bins = [numbers[start : start + width] for start in range(0, len(numbers), width)]
    found = ((float(bin_[0]), [by_block[number] for number in bin_ if number in by_block]) for bin_ in bins)
    return [(first, median(figures)) for first, figures in found if figures]


def _turn_figures(blocks: list[Block], metric: Metric, subject: str) -> list[tuple[float, float]]:
    turns = (
        (block.number, turn_figure(turn))
        for block in blocks
        if block.metric == metric and not block.warmup
        for turn in block.turns
        if turn.subject == subject
    )
    return [(number, figure) for number, figure in turns if figure is not None]


def _samples(result: Result, subject: str) -> NDArray[np.float64]:
    taken = [
        sample
        for block in result.blocks
        if block.metric == "enqueue" and not block.warmup
        for turn in block.turns
        if isinstance(turn, EnqueueTurn) and turn.subject == subject
        for sample in turn.samples_ns
    ]
    return np.asarray(taken, dtype=np.float64)
