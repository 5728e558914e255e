"""Says what was measured in each second of a run, by metric and subject, and what other programs used meanwhile.

The record has the second in which each block began. A block lasts until the next one of its generation begins; the last
one of a generation lasts as long as its turns did, if these have durations. Within a block, turns follow each other in
the order of the record, and share its time as their own durations do.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class _Timed:
    """A block, from when to when it lasted, and for how long each of its turns did; all in seconds."""

    block: Block
    begin: float
    end: float
    turns_s: list[float]


def seconds(blocks: Sequence[Block], duration_s: float, cores: int, most: int = _MOST_SPELLS) -> Seconds:
    """Return what was measured when, in at most ``most`` spells, from all blocks of a run in their order.

    The run was allowed that many ``cores``.
    """
    timed = list(_timed(blocks, duration_s))
    last_s = max([duration_s, *(one.end for one in timed)])
    width_s = next((width for width in _WIDTHS_S if last_s / width <= most), math.ceil(last_s / most))
    count = int(last_s // width_s) + 1
    return Seconds(
        width_s=width_s,
        count=count,
        shares=_shares(timed, width_s, count),
        fresh_s=sorted({one.block.generation: one.begin for one in reversed(timed)}.values()),
        other_cores=_others(timed, width_s, count),
        disturbed=_disturbed(timed, width_s, count, cores),
    )


def _timed(blocks: Sequence[Block], duration_s: float) -> Iterator[_Timed]:
    for place, block in enumerate(blocks):
        turns_s = [_duration_s(block, turn) for turn in block.turns]
        after = blocks[place + 1] if place + 1 < len(blocks) else None
        end = after.at_s if after else duration_s
        if sum(turns_s) and not (after and after.generation == block.generation):
            end = min(end, block.at_s + sum(turns_s))
        begin = max(block.at_s, 0.0)
        yield _Timed(block, begin, max(begin, end), turns_s)


def _duration_s(block: Block, turn: Turn) -> float:
    return sum(part.duration_ns for part in find_metric(block.metric).parts(turn)) / 1e9


def _shares(timed: Sequence[_Timed], width_s: int, count: int) -> dict[str, dict[str, Shares]]:
    found: dict[str, dict[str, Shares]] = {}
    for one in timed:
        for turn, begin, end in _turns(one):
            known = found.setdefault(_what(one.block, turn), {}).setdefault(turn.subject, np.zeros(count))
            for place, lasts_s in _spells(begin, end, width_s):
                known[place] += lasts_s / width_s
    return {what: found[what] for what in sorted(found, key=_position)}


def _turns(one: _Timed) -> Iterator[tuple[Turn, float, float]]:
    """Yield each turn with its part of the block's time."""
    weights = one.turns_s if all(one.turns_s) else [1.0] * len(one.turns_s)
    ends = np.cumsum([0.0, *weights]) / (sum(weights) or 1.0) * (one.end - one.begin) + one.begin
    yield from zip(one.block.turns, ends[:-1].tolist(), ends[1:].tolist(), strict=True)


def _what(block: Block, turn: Turn) -> str:
    return block.metric if turn.layer in ("celery", "metered") else f"{block.metric}{_CEILINGS}"


def _position(what: str) -> tuple[int, bool]:
    """Return where a row stands: metrics in the order of reports, each followed by its ceilings."""
    metric = what.removesuffix(_CEILINGS)
    return [*catalogue()].index(metric), metric != what


def _spells(begin: float, end: float, width_s: int) -> Iterator[tuple[int, float]]:
    """Yield the spells that a span touches, and for how many seconds."""
    for place in range(int(begin // width_s), int(end // width_s) + 1):
        lasts_s = min(end, (place + 1) * width_s) - max(begin, place * width_s)
        if lasts_s > 0:
            yield place, lasts_s


def _others(timed: Sequence[_Timed], width_s: int, count: int) -> Shares:
    """Return the mean of the cores that other programs used in the blocks of each spell."""
    used, measured = np.zeros(count), np.zeros(count)
    for one in timed:
        if (cores := one.block.other_cores) is not None:
            for place, lasts_s in _spells(one.begin, one.end, width_s):
                used[place] += cores * lasts_s
                measured[place] += lasts_s
    means: Shares = np.divide(used, measured, out=np.full(count, np.nan), where=measured > 0)
    return means


def _disturbed(timed: Sequence[_Timed], width_s: int, count: int, cores: int) -> NDArray[np.bool_]:
    found = np.zeros(count, bool)
    for one in timed:
        if disturbed(one.block, cores):
            found[[place for place, _ in _spells(one.begin, one.end, width_s)]] = True
    return found
