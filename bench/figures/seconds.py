"""Says what was measured in each second of a run, by metric and subject, and what other programs used meanwhile.

The record has the second in which each block began. A block lasts until the next one of its generation begins; the last
one of a generation lasts as long as its turns did, if these have durations. Within a block, turns follow each other in
the order of the record, and share its time as their own durations do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bench.figures.disturbance import disturbed
from bench.metrics.registry import catalogue, find_metric
from bench.records.turns import Block, Turn

__all__ = ["Seconds", "seconds"]

_MOST_SPELLS = 200
_CEILINGS = " ceilings"
_WIDTHS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Seconds:
    """A run in spells of ``width_s`` seconds.

    ``shares`` has, by metric and then by subject, which share of each spell its turns took. ``other_cores`` is how many
    cores other programs used in each spell, NaN where that was not measured.
    """

    width_s: int
    count: int
    shares: dict[str, dict[str, Shares]] = field(default_factory=dict)
    fresh_s: list[float] = field(default_factory=list)
    """When each generation's first block began."""
    other_cores: Shares = field(default_factory=lambda: np.empty(0))
    disturbed: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    """Whether other programs disturbed a block of the spell."""


def seconds(blocks: Sequence[Block], duration_s: float, cores: int, most: int = _MOST_SPELLS) -> Seconds:
    """Return what was measured when, in at most so many spells, from all blocks of a run in their order.

    The run was allowed that many ``cores``.
    """
    spans = list(_spans(blocks, duration_s))
    last_s = max([duration_s, *(end for _, end in spans)])
    width_s = next((width for width in _WIDTHS_S if last_s / width <= most), _WIDTHS_S[-1])
    found = Seconds(width_s, int(last_s // width_s) + 1)
    for block, span in zip(blocks, spans, strict=True):
        for turn, its in _turns(block, span):
            known = found.shares.setdefault(_what(block, turn), {})
            known.setdefault(turn.subject, np.zeros(found.count))[:] += _overlaps(found, its) / width_s
    fresh_s = list({block.generation: block.at_s for block in reversed(blocks)}.values())
    shares = {what: found.shares[what] for what in sorted(found.shares, key=_position)}
    disturbing = [
        _overlaps(found, span) > 0 for block, span in zip(blocks, spans, strict=True) if disturbed(block, cores)
    ]
    return Seconds(
        width_s=width_s,
        count=found.count,
        shares=shares,
        fresh_s=sorted(fresh_s),
        other_cores=_others(found, blocks, spans),
        disturbed=np.any([np.zeros(found.count, bool), *disturbing], axis=0),
    )


def _position(what: str) -> tuple[int, bool]:
    """Return where a row stands: metrics in the order of reports, each followed by its ceilings."""
    metric = what.removesuffix(_CEILINGS)
    return [*catalogue()].index(metric), metric != what


def _spans(blocks: Sequence[Block], duration_s: float) -> Iterator[tuple[float, float]]:
    for block, after in pairwise([*blocks, None]):
        if block is None:
            return
        lasts_s = sum(_duration_s(block, turn) for turn in block.turns)
        next_s = after.at_s if after else max(duration_s, block.at_s)
        same = after is not None and after.generation == block.generation
        yield block.at_s, next_s if same or not lasts_s else min(next_s, block.at_s + lasts_s)


def _duration_s(block: Block, turn: Turn) -> float:
    return sum(part.duration_ns for part in find_metric(block.metric).parts(turn)) / 1e9


def _turns(block: Block, span: tuple[float, float]) -> Iterator[tuple[Turn, tuple[float, float]]]:
    """Yield each turn with its part of the block's time."""
    weights = [_duration_s(block, turn) for turn in block.turns]
    if not all(weights):
        weights = [1.0] * len(weights)
    begin, end = span
    for turn, weight in zip(block.turns, weights, strict=True):
        own_end = begin + (span[1] - span[0]) * weight / sum(weights)
        yield turn, (begin, min(own_end, end))
        begin = own_end


def _what(block: Block, turn: Turn) -> str:
    return block.metric if turn.layer in ("celery", "metered") else f"{block.metric}{_CEILINGS}"


def _overlaps(found: Seconds, span: tuple[float, float]) -> Shares:
    """Return for how many seconds of each spell the span lasts."""
    edges = np.arange(found.count + 1) * float(found.width_s)
    overlaps: Shares = np.clip(np.minimum(edges[1:], span[1]) - np.maximum(edges[:-1], span[0]), 0, None)
    return overlaps


def _others(found: Seconds, blocks: Sequence[Block], spans: Sequence[tuple[float, float]]) -> Shares:
    """Return the mean of the cores that other programs used in the blocks of each spell."""
    used, measured = np.zeros(found.count), np.zeros(found.count)
    for block, span in zip(blocks, spans, strict=True):
        if (cores := block.other_cores) is not None:
            overlaps = _overlaps(found, span)
            used, measured = used + cores * overlaps, measured + overlaps
    means: Shares = np.divide(used, measured, out=np.full(found.count, np.nan), where=measured > 0)
    return means
