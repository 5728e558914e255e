"""What a metric is: everything that the rest of the project asks of one.

A metric is a class in a module of its own, named by an entry point of the group ``brokerbench.metrics``. It says how a
turn is taken and recorded, what of it is compared, and how it is told. Most have rows in a result's summary; a few have
records of their own instead.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from bench.metrics.sides import SideMetric
from bench.metrics.telling import Bars, Line, Marks, SmallTable, Words
from bench.processes.metered import Meter
from bench.processes.running import Needs, Running
from bench.records.figures import Capacity, Estimate, Percentiles, Row
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.turns import Block, Place, Series, Turn
from bench.stats.histogram import Histogram
from bench.stats.verdicts import Better
from bench.text.table import Titled

__all__ = ["Asked", "ExportedFigure", "Found", "Metric", "Order", "Part", "Sizes", "Told", "Unit", "Whole"]

When = Literal["first", "blocks", "search", "last", "aside"]
Unit = Literal["ns", "1/s", "bytes", "1"]
_LEAST_NS = 1.0  # a clock may not have moved, and what took no time has no logarithm
_TIMES = ("median_ns", "p95_ns", "p99_ns", "p999_ns", "mean_ns")


class Asked(Protocol):
    """What a user asked of a run: rates of tasks, idle times, and whether two sides are compared."""

    @property
    def rates_per_s(self) -> tuple[float, ...]:
        """Return the rates of ``latency``; without any, it is measured at shares of the capacity."""
        ...

    @property
    def idle_s(self) -> tuple[float, ...]:
        """Return the idle times before a ``wakeup``."""
        ...

    @property
    def sides(self) -> bool:
        """Return True if two sides are compared."""
        ...


class Sizes(Protocol):
    """What is known of the subjects' speed, by which turns are sized."""

    @property
    def sides(self) -> bool:
        """Return True if two sides are compared, whose turns are of one size."""
        ...

    def drain_tasks(self, running: Running) -> int:
        """Return how many tasks a drain has."""
        ...

    def drained(self, running: Running, tasks: int, duration_ns: int) -> None:
        """Note how fast a drain of the warm-up was."""
        ...

    def capacity_per_s(self, running: Running) -> float:
        """Return the rate of which loads are shares."""
        ...

    def slowest_per_s(self) -> float:
        """Return the rate at which the slowest of all drained in its warm-up."""
        ...


@dataclass(frozen=True)
class Order:
    """What a turn is to be: at which place of a series, whether it is of the warm-up, and what sizes it."""

    at: Place
    warmup: bool
    sizes: Sizes


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one turn adds to one series.

    ``figure`` is compared with other subjects' of the same block; ``events`` took ``duration_ns``. There are samples,
    or histograms by their names, of which ``response`` is the main one. ``rate_per_s`` is what an open loop intended.
    """

    figure: float
    events: int
    duration_ns: int
    samples_ns: list[int] = field(default_factory=list)
    counted: dict[str, Histogram] = field(default_factory=dict)
    dropped: int = 0
    rate_per_s: float | None = None
    at: Place = field(default_factory=dict)
    """Where in the block's place it belongs."""

    @classmethod
    def of_samples(cls, samples_ns: list[int], at: Place | None = None) -> "Iterator[Part]":
        """Return the part whose figure is the median of the samples; none without any."""
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


class Whole(Protocol):
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
        """Return how long they took together."""
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
    """What was measured of metrics that have records of their own: whole blocks, and what searches found."""

    subjects: Sequence[SubjectRecord]
    blocks: Sequence[Block] = ()
    rows: Sequence[Row] = ()
    capacities: Sequence[Capacity] = ()


@dataclass(frozen=True, kw_only=True)
class Told:
    """A figure of two results that is shown and not judged: a run measures it in one set of processes."""

    subject: str
    at: Place
    before: Estimate
    now: Estimate
    part: str = ""


@dataclass(frozen=True, kw_only=True)
class ExportedFigure:
    """A figure for other tools; ``better`` is None where neither more nor less of it is.

    ``measure`` names it in the Bencher Metric Format, where ``latency`` and ``throughput`` are built in.
    """

    figure: str
    estimate: Estimate
    unit: Unit
    better: Better | None
    measure: str
    samples: int = 0
    is_interval: bool = True
    """Whether the ends of the estimate are those of a 95 % interval."""


class Metric:
    """One thing that is measured. A subclass has at least ``name``, ``turn``, ``words``, ``take`` and ``parts``."""

    name: ClassVar[str]
    order: ClassVar[int] = 100
    """Where it stands among all metrics: lower ones first."""
    turn: ClassVar[type[Turn]]
    """The record of a turn."""
    words: ClassVar[Words]
    """How it is told."""

    # How it is measured
    when: ClassVar[When] = "blocks"
    """At the beginning of each generation, in blocks for as long as there is time, by a search, at the end of the run,
    or aside, in processes of its own with a meter."""
    needs: ClassVar[Needs] = Needs(producer=True)
    meter: ClassVar[type[Meter] | None] = None
    share: ClassVar[float] = 0.2
    """Of the time, relative to the other metrics' shares."""
    asked_only: ClassVar[bool] = True
    """Whether it is measured only when asked for."""
    long_runs_only: ClassVar[bool] = False
    """Whether, without being asked for, it is measured only where there is much time."""
    ceiled: ClassVar[bool] = False
    """Whether the raw client and kombu alone have turns of it, too."""
    warmed_up: ClassVar[bool] = True
    """Whether blocks of a warm-up come first."""
    waits: ClassVar[bool] = False
    """Whether all workers wait at empty queues before a block, for ``idle_s`` of its place."""
    within_sides: ClassVar[bool] = False
    """Of what is measured aside: whether two sides have it in their blocks instead."""

    # What is made of it
    in_rows: ClassVar[bool] = True
    """Whether its figures are rows of the summary; else it has records of its own, and blocks are kept whole."""
    better: ClassVar[Better] = "less"
    unit: ClassVar[Unit] = "ns"
    """Of the figure that is compared."""
    rated: ClassVar[bool] = True
    """Whether events a second are a figure of it."""
    sampled: ClassVar[bool] = True
    """Whether single durations are figures of it."""
    few: ClassVar[bool] = False
    """Whether samples are so few that their geometric mean is compared, and not the median."""
    sides: ClassVar[Sequence[SideMetric]] = ()
    """What two sides are compared in by it."""

    def series(self, asked: Asked) -> list[Series]:
        """Return the places at which it is measured."""
        return [Series(self.name)]

    def least_s(self, at: Place) -> float:
        """Return the seconds that a block at this place takes at least."""
        return 0.0

    def take(self, running: Running, order: Order) -> Turn:
        """Take a turn. Raises SubjectFailed when a process fails, and TasksLost when not all tasks were run."""
        raise NotImplementedError

    def parts(self, turn: Any) -> Iterable[Part]:
        """Return what a turn adds to which series; nothing where it has no sample."""
        return ()

    def more(self, whole: Whole) -> dict[str, Any]:
        """Return fields of a row beside the usual ones."""
        return {}

    def compared(self, row: Row) -> Estimate | None:
        """Return the one figure of a row that is compared."""
        if not self.sampled:
            return row.per_second
        return row.mean_ns or row.median_ns

    def records(self, found: Found) -> dict[str, list[Any]]:
        """Return fields of a result: the records of its own."""
        return {}

    def recorded(self, result: Result) -> Sequence[Any]:
        """Return a result's records of it, each of which names its ``subject``."""
        return ()

    def told(self, baseline: Result, current: Result) -> Iterator[Told]:
        """Return the figures of both results that a gate shows without judging them."""
        return iter(())

    def exported(self, record: Any) -> Iterator[ExportedFigure]:
        """Return the figures of a row, or of a record of its own."""
        if not self.in_rows:
            return
        if row_rate := record.per_second:
            way: Better | None = None if self.sampled else self.better
            yield ExportedFigure(figure="per_second", estimate=row_rate, unit="1/s", better=way, measure="throughput")
        for name in _TIMES:
            if estimate := getattr(record, name):
                figure = name.removesuffix("_ns")
                measure = "latency" if figure == ("mean" if self.few else "median") else f"latency-{figure}"
                yield ExportedFigure(figure=figure, estimate=estimate, unit="ns", better="less", measure=measure)

    # How its own records are told

    def sentences(self, line: Line, result: Result) -> list[str]:
        """Return what a subject's records say."""
        return []

    def tables(self, lines: Sequence[Line], result: Result) -> list[Titled]:
        """Return the tables of the records."""
        return []

    def small_table(self, lines: Sequence[Line], result: Result) -> SmallTable | None:
        """Return a table for a terminal."""
        return None

    def picture(self, lines: Sequence[Line], result: Result) -> Bars | Marks | None:
        """Return what a picture of the records shows; None where there is nothing to draw."""
        return None
