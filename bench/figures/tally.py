"""Takes blocks in as they are measured, and keeps what figures are made of: memory hardly grows with the samples.

Of each subject it keeps a generation's samples in at most 8 chunks of neighbouring turns, as histograms, and the
logarithm of each turn's one figure, by which subjects are paired; from 2048 blocks on, the mean of neighbours.
"""

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.records.turns import (
    Block,
    DrainTurn,
    EnqueueTurn,
    FirstPublishTurn,
    Key,
    LatencyTurn,
    Metric,
    Place,
    Series,
    Turn,
    WakeupTurn,
)
from bench.stats.histogram import Histogram

__all__ = ["APART", "Chunk", "Leg", "Tally"]

_WHOLE: tuple[Metric, ...] = ("cost", "phases", "capacity", "payload-limit")
_MOST_CHUNKS = 8
_MOST_SLOTS = 2048
_MOST_OPEN_SAMPLES = 1024
_LEAST_NS = 1.0  # a clock may not have moved, and what took no time has no logarithm
APART = ("start", "service", "schedule_lag", "generator_lag")
"""What is counted of an open loop beside the response."""
_OWN = "response"
_NOTHING = Histogram.of([])


@dataclass(frozen=True)
class _Part:
    """What one turn gives to one series: its samples, or, of an open loop, histograms by their names."""

    metric: Metric
    at: Place
    key: Key
    figure: float
    events: int
    duration_ns: int
    samples_ns: list[int] = field(default_factory=list)
    counted: dict[str, Histogram] = field(default_factory=dict)
    dropped: int = 0


@dataclass
class Chunk:
    """Neighbouring turns together: so many events in so long, and the histograms of their samples."""

    events: int = 0
    duration_ns: int = 0
    turns: int = 0
    dropped: int = 0
    _counted: dict[str, Histogram] = field(default_factory=dict)
    _open: list[int] = field(default_factory=list)

    @property
    def histogram(self) -> Histogram:
        """Return the samples of all its turns; of an open loop, the responses."""
        self.close()
        return self.apart(_OWN)

    def apart(self, name: str) -> Histogram:
        """Return what only an open loop has: one of ``APART``."""
        return self._counted.get(name, _NOTHING)

    def add(self, part: _Part) -> None:
        """Take one turn in."""
        self.events += part.events
        self.duration_ns += part.duration_ns
        self.turns += 1
        self.dropped += part.dropped
        self._count(part.counted)
        self._open += part.samples_ns
        if len(self._open) >= _MOST_OPEN_SAMPLES:
            self.close()

    def close(self) -> None:
        """Count the samples that came since the last time."""
        if self._open:
            self._count({_OWN: Histogram.of(self._open)})
            self._open = []

    def with_next(self, later: "Chunk") -> "Chunk":
        """Return both as one."""
        both = Chunk(
            self.events + later.events,
            self.duration_ns + later.duration_ns,
            self.turns + later.turns,
            self.dropped + later.dropped,
        )
        for chunk in (self, later):
            chunk.close()
            both._count(chunk._counted)
        return both

    def _count(self, histograms: dict[str, Histogram]) -> None:
        for name, histogram in histograms.items():
            self._counted[name] = _packed(Histogram.merged([self.apart(name), histogram]))


def _packed(histogram: Histogram) -> Histogram:
    """Return the histogram in half of the memory, where its numbers are small enough."""
    return Histogram(_small(histogram.values_ns), _small(histogram.counts))


def _small(numbers: NDArray[np.integer]) -> NDArray[np.integer]:
    fits = numbers.size and numbers.min() >= 0 and numbers.max() < 2**32
    return numbers.astype(np.uint32) if fits else numbers


class _Chunks:
    """One subject's turns of one leg."""

    def __init__(self) -> None:
        self._width = 1
        self.closed: list[Chunk] = []

    def add(self, part: _Part) -> None:
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
    """The blocks of one series in one generation of processes; ``at_s`` says when each slot of them began."""

    at_s: "array[float]" = field(default_factory=lambda: array("f"))
    _logs: "dict[Key, array[float]]" = field(default_factory=dict)
    _chunks: dict[Key, _Chunks] = field(default_factory=dict)
    rates_per_s: dict[Key, float] = field(default_factory=dict)
    """At which rate each sent in an open loop."""
    _width: int = 1
    _in_slot: int = 0
    _seen: dict[Key, int] = field(default_factory=dict)

    @property
    def keys(self) -> list[Key]:
        """Name who had turns."""
        return list(self._chunks)

    def logs(self, key: Key) -> NDArray[np.float64]:
        """Return the logarithm of the key's figure in each slot of blocks; not a number where it had no turn."""
        logs = np.full(len(self.at_s), np.nan)
        known = self._logs.get(key, array("f"))
        logs[: len(known)] = known
        return logs

    def chunks(self, key: Key) -> list[Chunk]:
        """Return the key's turns, in at most 8 chunks; empty when it had none."""
        return list(self._chunks[key].closed) if key in self._chunks else []

    def begin_block(self, at_s: float) -> None:
        """Begin one more block."""
        if self._in_slot in (0, self._width):
            self._make_room()
            self.at_s.append(at_s)
            self._in_slot = 0
            self._seen = {}
        self._in_slot += 1

    def add(self, part: _Part) -> None:
        """Take in a turn of the block that began last."""
        logs = self._logs.setdefault(part.key, array("f"))
        figure, seen = math.log(part.figure), self._seen.get(part.key, 0)
        if seen:
            logs[-1] += (figure - logs[-1]) / (seen + 1)
        else:
            logs.extend([math.nan] * (len(self.at_s) - 1 - len(logs)))
            logs.append(figure)
        self._seen[part.key] = seen + 1
        self._chunks.setdefault(part.key, _Chunks()).add(part)

    def _make_room(self) -> None:
        """Put neighbouring slots together when there are too many."""
        if len(self.at_s) < _MOST_SLOTS:
            return
        self._logs = {key: array("f", _means_of_neighbours(self.logs(key))) for key in self._logs}
        self.at_s = self.at_s[::2]
        self._width *= 2


@dataclass
class Tally:
    """All that was measured so far. Blocks of the warm-up count for nothing."""

    series: dict[Series, dict[int, Leg]] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    """Those of metrics that have no series, whole: they are few."""

    def add(self, block: Block) -> None:
        """Take a block in."""
        if block.warmup:
            return
        if block.metric in _WHOLE:
            self.blocks.append(block)
            return
        begun: set[Series] = set()
        for turn in block.turns:
            for part in _parts(turn, block):
                series = Series(part.metric, tuple(sorted(part.at.items())))
                leg = self.series.setdefault(series, {}).setdefault(block.generation, Leg())
                if series not in begun:
                    begun.add(series)
                    leg.begin_block(block.at_s)
                leg.add(part)
                if isinstance(turn, LatencyTurn):
                    leg.rates_per_s[part.key] = turn.rate_per_s

    def legs(self, series: Series) -> list[Leg]:
        """Return the series' legs, in the generations' order."""
        return [leg for _, leg in sorted(self.series[series].items())]


def _means_of_neighbours(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Halve an even number of slots; of one that is empty its neighbour is kept."""
    pairs = logs.reshape(-1, 2)
    known = ~np.isnan(pairs)
    sums, counts = np.where(known, pairs, 0).sum(axis=1), known.sum(axis=1)
    means: NDArray[np.float64] = np.divide(sums, counts, out=np.full(len(pairs), np.nan), where=counts > 0)
    return means


def _parts(turn: Turn, block: Block) -> Iterator[_Part]:
    """Return what the turn adds to which series; nothing where it has no sample."""
    key: Key = (turn.subject, turn.layer if isinstance(turn, EnqueueTurn | DrainTurn) else "celery")
    if isinstance(turn, EnqueueTurn):
        yield from _of_samples(block, block.at, key, turn.samples_ns)
    elif isinstance(turn, DrainTurn):
        yield _Part(block.metric, block.at, key, turn.tasks / turn.duration_ns * 1e9, turn.tasks, turn.duration_ns)
    elif isinstance(turn, LatencyTurn):
        yield from _of_open_loop(block, key, turn)
    elif isinstance(turn, WakeupTurn):
        yield from _of_samples(block, block.at, key, [turn.start_ns])
    elif isinstance(turn, FirstPublishTurn):
        yield from _of_samples(block, {**block.at, "of": "process"}, key, [turn.process_ns])
        yield from _of_samples(block, {**block.at, "of": "thread"}, key, turn.threads_ns)


def _of_samples(block: Block, at: Place, key: Key, samples_ns: list[int]) -> Iterator[_Part]:
    if samples_ns:
        middle = max(float(np.median(samples_ns)), _LEAST_NS)
        yield _Part(block.metric, at, key, middle, len(samples_ns), sum(samples_ns), samples_ns)


def _of_open_loop(block: Block, key: Key, turn: LatencyTurn) -> Iterator[_Part]:
    counted = {name: getattr(turn, name).counted() for name in (_OWN, *APART)}
    if counted[_OWN].total:
        middle = max(float(counted[_OWN].quantile(0.5)), _LEAST_NS)
        yield _Part(
            block.metric, block.at, key, middle, turn.sent, turn.sending_ns, counted=counted, dropped=turn.dropped
        )
