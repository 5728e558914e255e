"""What a metric makes of its turns: parts that are counted, records, and figures for a gate and for other tools."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bench.records.effort import Pauses
from bench.records.figures import Capacity, Estimate, Percentiles, Row
from bench.records.provenance import SubjectRecord
from bench.records.turns import Block, Place
from bench.stats.histogram import Histogram
from bench.stats.verdicts import Better

__all__ = ["AllTurns", "ExportedFigure", "Found", "TurnPart", "UngatedFigure", "Unit"]

Unit = Literal["ns", "1/s", "bytes", "1"]
_LEAST_NS = 1.0  # a clock may not have moved, and zero has no logarithm


@dataclass(frozen=True, kw_only=True)
class TurnPart:
    """What one turn adds to one series.

    ``figure`` is compared with those of other subjects in the same block; ``events`` took ``duration_ns``. A part has
    either samples, or histograms by name, of which ``response`` is the main one. ``rate_per_s`` is the intended rate of
    an open loop. ``is_bound`` is True if the figure is only the best that it could have been. Whoever takes it in sets
    ``disturbed`` if other programs disturbed its block. ``void`` is None where a turn is never void.
    """

    figure: float
    events: int
    duration_ns: int
    samples_ns: list[int] = field(default_factory=list)
    counted: dict[str, Histogram] = field(default_factory=dict)
    dropped: int = 0
    is_bound: bool = False
    disturbed: bool = False
    void: bool | None = None
    rate_per_s: float | None = None
    pauses: Pauses | None = None
    at: Place = field(default_factory=dict)
    """What it adds to the place of its block, ``{"of": "thread"}``, or has in place of that, if it was elsewhere."""

    @classmethod
    def of_samples(cls, samples_ns: list[int], at: Place | None = None) -> "Iterator[TurnPart]":
        """Yield the part whose figure is the median of the samples; nothing without samples."""
        if samples_ns:
            ordered = sorted(samples_ns)
            middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
            yield cls(
                figure=max(middle, _LEAST_NS),
                events=len(samples_ns),
                duration_ns=sum(samples_ns),
                samples_ns=samples_ns,
                at=at or {},
            )


class AllTurns(Protocol):
    """All measured turns of one subject at one place of a series."""

    @property
    def rate_per_s(self) -> float:
        """Return the intended rate of an open loop."""
        ...

    @property
    def events(self) -> int:
        """Return how many calls or tasks there were."""
        ...

    @property
    def duration_ns(self) -> int:
        """Return how long they took together, in nanoseconds."""
        ...

    @property
    def dropped(self) -> int:
        """Return how many tasks of an open loop were never sent."""
        ...

    def counted(self, name: str) -> Histogram:
        """Return the histogram of that name."""
        ...

    def percentiles(self, name: str) -> Percentiles:
        """Return the percentiles of that histogram, with intervals."""
        ...


@dataclass(frozen=True)
class Found:
    """The input of a metric that makes its own records: whole blocks, rows, and what searches found."""

    subjects: Sequence[SubjectRecord]
    blocks: Sequence[Block] = ()
    rows: Sequence[Row] = ()
    capacities: Sequence[Capacity] = ()


@dataclass(frozen=True, kw_only=True)
class UngatedFigure:
    """A figure of two results that is shown and not judged, because a run measures it in one set of processes."""

    subject: str
    at: Place
    before: Estimate
    now: Estimate
    part: str = ""


@dataclass(frozen=True, kw_only=True)
class ExportedFigure:
    """A figure for other tools; ``better`` is None if neither more nor less is better.

    ``measure`` names it in the Bencher Metric Format, where ``latency`` and ``throughput`` are built in.
    """

    figure: str
    estimate: Estimate
    unit: Unit
    better: Better | None
    measure: str
    samples: int = 0
    is_interval: bool = True
    """Whether the ends of the estimate are a 95 % interval."""
