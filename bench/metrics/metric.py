"""The interface of a metric: everything that the rest of the project asks one for.

A metric is a class in its own module, named by an entry point of the group ``brokerbench.metrics``. It defines how a
turn is taken and recorded, which figures are compared, and how reports show them. Most metrics have rows in a result's
summary; a few have their own records instead.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from bench.metrics.sides import SideMetric
from bench.metrics.telling import Bars, RateMarks, ReportLine, SmallTable, Words
from bench.processes.running import Needs, Running
from bench.processes.task_meter import TaskMeter
from bench.records.figures import Capacity, Estimate, Percentiles, Row
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.turns import Block, Place, Series, Turn
from bench.stats.histogram import Histogram
from bench.stats.verdicts import Better
from bench.text.table import Titled

__all__ = ["AllTurns", "Asked", "ExportedFigure", "Found", "Metric", "Order", "Sizes", "Told", "TurnPart", "Unit"]

MeasuredWhen = Literal["first", "blocks", "search", "last", "aside"]
Unit = Literal["ns", "1/s", "bytes", "1"]
_LEAST_NS = 1.0  # a clock may not have moved, and zero has no logarithm
_TIMES = ("median_ns", "p95_ns", "p99_ns", "p999_ns", "mean_ns")


class Asked(Protocol):
    """What a user asked for: rates of tasks, idle times, and whether two sides are compared."""

    @property
    def rates_per_s(self) -> tuple[float, ...]:
        """Return the rates of ``latency``; if empty, it is measured at shares of the capacity."""
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
    """What is known about the speed of the subjects, by which turns are sized."""

    @property
    def sides(self) -> bool:
        """Return True if two sides are compared, whose turns have the same size."""
        ...

    def drain_tasks(self, running: Running) -> int:
        """Return how many tasks a drain has."""
        ...

    def drained(self, running: Running, tasks: int, duration_ns: int) -> None:
        """Record how fast a drain of the warm-up was."""
        ...

    def capacity_per_s(self, running: Running) -> float:
        """Return the rate that loads are shares of."""
        ...

    def slowest_per_s(self) -> float:
        """Return the rate at which the slowest subject drained in its warm-up."""
        ...


@dataclass(frozen=True)
class Order:
    """What turn to take: at which place of a series, in the warm-up or not, and with which sizes."""

    at: Place
    warmup: bool
    sizes: Sizes


@dataclass(frozen=True, kw_only=True)
class TurnPart:
    """What one turn adds to one series.

    ``figure`` is compared with those of other subjects in the same block; ``events`` took ``duration_ns``. A part has
    either samples, or histograms by name, of which ``response`` is the main one. ``rate_per_s`` is the intended rate of
    an open loop.
    """

    figure: float
    events: int
    duration_ns: int
    samples_ns: list[int] = field(default_factory=list)
    counted: dict[str, Histogram] = field(default_factory=dict)
    dropped: int = 0
    rate_per_s: float | None = None
    at: Place = field(default_factory=dict)
    """Its place within the place of the block."""

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
class Told:
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


class Metric:
    """Something to measure. A subclass has at least ``name``, ``turn``, ``words``, ``take`` and ``parts``."""

    name: ClassVar[str]
    order: ClassVar[int] = 100
    """Its position among all metrics: lower ones come first."""
    turn: ClassVar[type[Turn]]
    """The record of a turn."""
    words: ClassVar[Words]
    """The words and columns with which reports show it."""

    # How it is measured
    when: ClassVar[MeasuredWhen] = "blocks"
    """``first``: at the start of each generation. ``blocks``: in blocks while there is time. ``search``: by a search.
    ``last``: at the end of the run. ``aside``: in separate processes, with a meter."""
    needs: ClassVar[Needs] = Needs(producer=True)
    meter: ClassVar[type[TaskMeter] | None] = None
    share: ClassVar[float] = 0.2
    """Its share of the time, relative to those of the other metrics."""
    asked_only: ClassVar[bool] = True
    """Whether it is measured only if the user asks for it."""
    long_runs_only: ClassVar[bool] = False
    """Whether it is measured only in long runs, unless the user asks for it."""
    ceiled: ClassVar[bool] = False
    """Whether its ceilings are measured, too: the raw client and kombu alone."""
    warmed_up: ClassVar[bool] = True
    """Whether it begins with warm-up blocks."""
    waits: ClassVar[bool] = False
    """Whether all workers wait at empty queues for ``idle_s`` of the place before a block."""
    within_sides: ClassVar[bool] = False
    """Whether two sides measure it in their blocks, although it is otherwise measured aside."""

    # Which figures it has
    in_rows: ClassVar[bool] = True
    """Whether its figures are rows of the summary. Otherwise it has its own records, and its blocks are kept whole."""
    better: ClassVar[Better] = "less"
    unit: ClassVar[Unit] = "ns"
    """The unit of the figure that is compared."""
    rated: ClassVar[bool] = True
    """Whether events a second are one of its figures."""
    sampled: ClassVar[bool] = True
    """Whether its figures come from single durations."""
    few: ClassVar[bool] = False
    """Whether it has few samples, so that their geometric mean is compared instead of the median."""
    sides: ClassVar[Sequence[SideMetric]] = ()
    """The comparisons of two sides that it makes possible."""

    def series(self, asked: Asked) -> list[Series]:
        """Return the places at which it is measured."""
        return [Series(self.name)]

    def least_s(self, at: Place) -> float:
        """Return the least seconds that a block at this place takes."""
        return 0.0

    def take(self, running: Running, order: Order) -> Turn:
        """Take a turn. Raises SubjectFailed if a process fails, and TasksLost if not all tasks were run."""
        raise NotImplementedError

    def parts(self, turn: Any) -> Iterable[TurnPart]:
        """Return what a turn adds to which series; nothing if it has no sample."""
        return ()

    def more(self, whole: AllTurns) -> dict[str, Any]:
        """Return the fields of a row that only this metric has."""
        return {}

    def compared(self, row: Row) -> Estimate | None:
        """Return the figure of a row that is compared."""
        if not self.sampled:
            return row.per_second
        return row.mean_ns or row.median_ns

    def records(self, found: Found) -> dict[str, list[Any]]:
        """Return its own records, by the field of the result."""
        return {}

    def recorded(self, result: Result) -> Sequence[Any]:
        """Return its own records in a result; each names its ``subject``."""
        return ()

    def told(self, baseline: Result, current: Result) -> Iterator[Told]:
        """Return the figures that a gate shows for both results without judging them."""
        return iter(())

    def exported(self, record: Any) -> Iterator[ExportedFigure]:
        """Return the figures of a row, or of one of its own records."""
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

    # How reports show its own records

    def sentences(self, line: ReportLine, result: Result) -> list[str]:
        """Return the sentences about a subject's records."""
        return []

    def tables(self, lines: Sequence[ReportLine], result: Result) -> list[Titled]:
        """Return the tables of the records."""
        return []

    def small_table(self, lines: Sequence[ReportLine], result: Result) -> SmallTable | None:
        """Return a table for a terminal; None without one."""
        return None

    def picture(self, lines: Sequence[ReportLine], result: Result) -> Bars | RateMarks | None:
        """Return what a picture of the records shows; None if there is nothing to draw."""
        return None
