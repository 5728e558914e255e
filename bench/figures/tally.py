"""Takes in blocks as they are measured, and keeps what the figures need: memory hardly grows with the samples.

For each subject and generation it keeps the samples as histograms, in at most 8 chunks of neighbouring turns, and the
logarithm of each turn's one figure, by which subjects are paired, or its events and their time, if those are compared;
from 2048 blocks on, the means of neighbours.
"""

import math
from array import array
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bench.figures.disturbance import FEWEST_CORES, Disturbances, disturbed
from bench.figures.evidence import Evidences
from bench.figures.relays import Relays
from bench.metrics.metric import TurnPart
from bench.metrics.registry import find_metric
from bench.records.turns import Block, Key, Series
from bench.stats.histogram import Histogram

__all__ = ["MAIN", "Chunk", "Leg", "Tally"]

_MOST_CHUNKS = 8
_MOST_SLOTS = 2048
_MOST_OPEN_SAMPLES = 1024
MAIN = "response"
"""The name of the histogram of a turn that is compared."""
_NOTHING = Histogram.of([])


@dataclass
class Chunk:
    """Neighbouring turns together: their events, duration, and histograms of samples."""

    events: int = 0
    duration_ns: int = 0
    turns: int = 0
    dropped: int = 0
    bounds: int = 0
    """Turns whose figure is only a bound."""
    disturbed: int = 0
    """Turns in blocks that other programs disturbed."""
    _counted: dict[str, Histogram] = field(default_factory=dict)
    _open: list[int] = field(default_factory=list)

    @property
    def histogram(self) -> Histogram:
        """Return the histogram of the samples of all its turns; of an open loop, of the responses."""
        self.close()
        return self.counted(MAIN)

    def counted(self, name: str) -> Histogram:
        """Return the histogram of that name; an empty one if there is none."""
        return self._counted.get(name, _NOTHING)

    def add(self, part: TurnPart) -> None:
        """Take in one turn."""
        self.events += part.events
        self.duration_ns += part.duration_ns
        self.turns += 1
        self.dropped += part.dropped
        self.bounds += part.is_bound
        self.disturbed += part.disturbed
        self._count(part.counted)
        self._open += part.samples_ns
        if len(self._open) >= _MOST_OPEN_SAMPLES:
            self.close()

    def close(self) -> None:
        """Count the samples that were added since the last call."""
        if self._open:
            self._count({MAIN: Histogram.of(self._open)})
            self._open = []

    def with_next(self, later: "Chunk") -> "Chunk":
        """Return both merged into one."""
        both = Chunk(
            self.events + later.events,
            self.duration_ns + later.duration_ns,
            self.turns + later.turns,
            self.dropped + later.dropped,
            self.bounds + later.bounds,
            self.disturbed + later.disturbed,
        )
        for chunk in (self, later):
            chunk.close()
            both._count(chunk._counted)
        return both

    def _count(self, histograms: dict[str, Histogram]) -> None:
        for name, histogram in histograms.items():
            self._counted[name] = _packed(Histogram.merged([self.counted(name), histogram]))


def _packed(histogram: Histogram) -> Histogram:
    """Return the histogram in half the memory, if its numbers are small enough."""
    return Histogram(_small(histogram.values_ns), _small(histogram.counts))


def _small(numbers: NDArray[np.integer]) -> NDArray[np.integer]:
    fits = numbers.size and numbers.min() >= 0 and numbers.max() < 2**32
    return numbers.astype(np.uint32) if fits else numbers


class _Chunks:
    """One subject's turns of one series in one generation."""

    def __init__(self) -> None:
        self._width = 1
        self.closed: list[Chunk] = []

    def add(self, part: TurnPart) -> None:
        if not self.closed or self.closed[-1].turns >= self._width:
            self._make_room()
            self.closed.append(Chunk())
        self.closed[-1].add(part)
        if self.closed[-1].turns >= self._width:
            self.closed[-1].close()

    def _make_room(self) -> None:
        if len(self.closed) == _MOST_CHUNKS:
            pairs = zip(self.closed[::2], self.closed[1::2], strict=True)
            self.closed = [earlier.with_next(later) for earlier, later in pairs]
            self._width *= 2


@dataclass
class Leg:
    """The blocks of one series in one generation; ``at_s`` is when each slot of neighbouring blocks began.

    Its figure is compared ``by_totals`` if it is events a second.
    """

    by_totals: bool = False
    at_s: "array[float]" = field(default_factory=lambda: array("f"))
    _columns: "dict[Key, list[array[float]]]" = field(default_factory=dict)
    _chunks: dict[Key, _Chunks] = field(default_factory=dict)
    rates_per_s: dict[Key, float] = field(default_factory=dict)
    """The rate at which each key sent in an open loop."""
    _width: int = 1
    _in_slot: int = 0
    _seen: dict[Key, int] = field(default_factory=dict)

    @property
    def keys(self) -> list[Key]:
        """Return the keys that had turns."""
        return list(self._chunks)

    def logs(self, key: Key) -> NDArray[np.float64]:
        """Return the logarithm of the key's figure in each slot of blocks; NaN where it had no turn."""
        return self._slots(key, 0)

    def totals(self, key: Key) -> NDArray[np.float64]:
        """Return a row for each slot: the events of the key's turn in a block, and their nanoseconds.

        Both are NaN where it had no turn. Only figures that are compared by totals have them.
        """
        return np.stack([self._slots(key, 1), self._slots(key, 2)], axis=1)

    def _slots(self, key: Key, column: int) -> NDArray[np.float64]:
        slots = np.full(len(self.at_s), np.nan)
        if key in self._columns:
            known = self._columns[key][column]
            slots[: len(known)] = known
        return slots

    def chunks(self, key: Key) -> list[Chunk]:
        """Return the key's turns in at most 8 chunks; an empty list if it had none."""
        return list(self._chunks[key].closed) if key in self._chunks else []

    def begin_block(self, at_s: float) -> None:
        """Begin another block."""
        if self._in_slot in (0, self._width):
            self._make_room()
            self.at_s.append(at_s)
            self._in_slot = 0
            self._seen = {}
        self._in_slot += 1

    def add(self, key: Key, part: TurnPart) -> None:
        """Take in a turn of the current block."""
        values = [math.log(part.figure), *([part.events, part.duration_ns] if self.by_totals else [])]
        columns, seen = self._columns.setdefault(key, [array("f") for _ in values]), self._seen.get(key, 0)
        for column, value in zip(columns, values, strict=True):
            if seen:
                column[-1] += (value - column[-1]) / (seen + 1)
            else:
                column.extend([math.nan] * (len(self.at_s) - 1 - len(column)))
                column.append(value)
        self._seen[key] = seen + 1
        self._chunks.setdefault(key, _Chunks()).add(part)
        if part.rate_per_s is not None:
            self.rates_per_s[key] = part.rate_per_s

    def preferring(self, kept: "Leg", keys: Collection[Key]) -> "Leg":
        """Return a leg that has the turns of these keys from ``kept``, which has begun the same blocks."""
        own = {key: kept if key in keys else self for key in self._chunks}
        known = {key: leg for key, leg in own.items() if key in leg._chunks}
        return Leg(
            by_totals=self.by_totals,
            at_s=self.at_s,
            _columns={key: leg._columns[key] for key, leg in known.items()},
            _chunks={key: leg._chunks[key] for key, leg in known.items()},
            rates_per_s=self.rates_per_s,
        )

    def turns(self, key: Key) -> int:
        """Return how many turns the key had."""
        return sum(chunk.turns for chunk in self.chunks(key))

    def _make_room(self) -> None:
        """Merge neighbouring slots when there are too many."""
        if len(self.at_s) < _MOST_SLOTS:
            return
        self._columns = {
            key: [array("f", _means_of_neighbours(self._slots(key, number))) for number in range(len(columns))]
            for key, columns in self._columns.items()
        }
        self.at_s = self.at_s[::2]
        self._width *= 2


@dataclass
class Tally:
    """Everything measured so far, on that many ``cores``. Blocks of the warm-up are ignored."""

    cores: int = FEWEST_CORES
    series: dict[Series, dict[int, Leg]] = field(default_factory=dict)
    evidence: Evidences = field(default_factory=Evidences)
    blocks: list[Block] = field(default_factory=list)
    """The whole blocks of metrics without rows; they are few."""
    elsewhere: set[Series] = field(default_factory=set)
    """Where turns were that could not be at their block's place."""
    _kept: dict[Series, dict[int, Leg]] = field(default_factory=dict)
    """Only the turns that are not void, of the series in which a turn can be."""

    def __post_init__(self) -> None:
        self.relays = Relays(Disturbances(self.cores))

    def add(self, block: Block) -> None:
        """Take in a block."""
        if block.warmup:
            return
        self.relays.add(block)
        metric, begun = find_metric(block.metric), set[Series]()
        if not metric.in_rows:
            self.blocks.append(block)
            return
        is_disturbed = disturbed(block, self.cores)
        for turn in block.turns:
            parts = [(_series_of(block, part), part) for part in metric.parts(turn)]
            self.evidence.add(block, turn, parts)
            for series, part in parts:
                self._add(block, (turn.subject, turn.layer), series, replace(part, disturbed=is_disturbed), begun)

    def _add(self, block: Block, key: Key, series: Series, part: TurnPart, begun: set[Series]) -> None:
        """Take in a part of a turn. ``begun`` are the series in which the block has begun."""
        if part.at.keys() & block.at.keys():
            self.elsewhere.add(series)
        legs = self._legs_of(series, block.generation, part)
        for leg in legs if series not in begun else ():
            leg.begin_block(block.at_s)
        begun.add(series)
        for leg in legs[: 1 if part.void else None]:
            leg.add(key, part)

    def _legs_of(self, series: Series, generation: int, part: TurnPart) -> list[Leg]:
        """Return the leg with all turns, and the one without void turns if there can be any."""
        stores = [self.series] if part.void is None else [self.series, self._kept]
        by_totals = not find_metric(series.metric).sampled
        return [store.setdefault(series, {}).setdefault(generation, Leg(by_totals)) for store in stores]

    def legs(self, series: Series) -> list[Leg]:
        """Return the series' blocks by generation, in order, without the turns that are left out."""
        whole, kept, keys = sorted(self.series[series].items()), self._kept.get(series, {}), self.left_out(series)
        return [leg.preferring(kept[generation], keys) if keys else leg for generation, leg in whole]

    def left_out(self, series: Series) -> dict[Key, int]:
        """Return how many void turns are left out, by key: all of them, if at least half of its turns are not void."""
        legs, kept = self.series[series].values(), self._kept.get(series, {}).values()
        turns = {key: sum(leg.turns(key) for leg in legs) for leg in legs for key in leg.keys}
        good = {key: sum(leg.turns(key) for leg in kept) for key in turns}
        return {key: turns[key] - good[key] for key in turns if turns[key] > good[key] >= turns[key] / 2}


def _series_of(block: Block, part: TurnPart) -> Series:
    return Series(block.metric, tuple(sorted({**block.at, **part.at}.items())))


def _means_of_neighbours(slots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each pair of slots, an even number; of a pair with an empty slot, the other."""
    pairs = slots.reshape(-1, 2)
    known = ~np.isnan(pairs)
    sums, counts = np.where(known, pairs, 0).sum(axis=1), known.sum(axis=1)
    means: NDArray[np.float64] = np.divide(sums, counts, out=np.full(len(pairs), np.nan), where=counts > 0)
    return means
