"""The interface of a metric: everything that the rest of the project asks one for.

A metric is a class in its own module, named by an entry point of the group ``brokerbench.metrics``. It defines how a
turn is taken and recorded, which figures are compared, and how reports show them. Most metrics have rows in a result's
summary; a few have their own records instead.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from bench.metrics.highlights import Highlights, row_highlights
from bench.metrics.order import Asked, Order, Sizes
from bench.metrics.parts import AllTurns, ExportedFigure, Found, TurnPart, UngatedFigure, Unit
from bench.metrics.sides import SideMetric
from bench.metrics.telling import Bars, RateMarks, ReportLine, SmallTable, Words
from bench.processes.running import Needs, Running
from bench.processes.task_meter import TaskMeter
from bench.records.figures import Estimate, Row
from bench.records.result import Result
from bench.records.turns import Place, Series, Turn
from bench.stats.verdicts import Better
from bench.text.names import metric_words
from bench.text.numbers import duration, rate
from bench.text.table import Titled

__all__ = [
    "AllTurns",
    "Asked",
    "ExportedFigure",
    "Found",
    "Metric",
    "Order",
    "Sizes",
    "TurnPart",
    "UngatedFigure",
    "Unit",
]

MeasuredWhen = Literal["first", "blocks", "search", "last", "aside"]
_TIMES = ("median_ns", "p95_ns", "p99_ns", "p999_ns", "mean_ns")


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
    """Whether its figures come from single durations. Otherwise it is events a second, which are compared by totals."""
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

    def ungated(self, baseline: Result, current: Result) -> Iterator[UngatedFigure]:
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

    def text(self, figure: float | None) -> str:
        """Return a value of the figure that is compared, with its unit: ``412 us``, ``2,013 /s``."""
        return rate(figure) if self.unit == "1/s" else duration(figure)

    def highlights(self, result: Result) -> Highlights | None:
        """Return what the overview shows of it; None if its figures are for the details alone."""
        if not self.in_rows:
            return None
        rows = [row for row in result.summary if row.metric == self.name]
        found = row_highlights(rows, self.words.glance, self.compared, self.text)
        return found if found.head else replace(found, head=metric_words(self.name))

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
