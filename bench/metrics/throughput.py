"""``throughput``: the tasks a second of a worker that never runs out of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from bench.metrics.highlights import Glance
from bench.metrics.metric import AllTurns, Found, Metric, Order, TurnPart
from bench.metrics.scaling import scaling, scaling_table
from bench.metrics.sides import SideMetric, row_of
from bench.metrics.telling import ReportLine, Words, rate_column
from bench.processes.running import Needs, Running
from bench.records.bounds import Count, Duration, PositiveCount, PositiveNanoseconds
from bench.records.effort import Pauses
from bench.records.result import Result
from bench.records.turns import Turn
from bench.stats.histogram import Histogram
from bench.text.cleaning import clean
from bench.text.numbers import MISSING, number
from bench.text.table import Titled

__all__ = ["DrainTurn", "Throughput"]

_RUN = "run"


class DrainTurn(Turn):
    """One subject's drain of one block: ``tasks`` finished in ``duration_ns``.

    Both count from the end of the ``warmup_tasks``-th task, because the worker may have prefetched that many before it
    was resumed. There are none in a drain that was cut off early: its figure is the highest that it could have been.
    ``span_ns`` is from the first start to the last end of all tasks. ``run_ns`` is how
    long a task ran itself, the mean; 0 if unknown.
    """

    warmup_tasks: Count
    tasks: PositiveCount
    duration_ns: PositiveNanoseconds
    span_ns: PositiveNanoseconds
    run_ns: Duration = 0
    pauses: Pauses | None = None
    """After the warm-up; None if a task was running all the time."""


def _method(result: Result) -> str:
    workload, rows = result.workload, (row for row in result.summary if row.metric == "throughput")
    concurrency = "several" if any("concurrency" in row.at for row in rows) else workload.concurrency
    return (
        f"A turn is one drain: at most {workload.tasks} times {clean(workload.task)} is enqueued while the worker "
        f"({workload.pool}, concurrency {concurrency}) is stopped; "
        "then it is resumed, and its own record times the tasks."
    )


def _figure(result: Result, label: str) -> str:
    row = row_of(result, "throughput", label)
    return f"{number(row.per_second.value)} tasks/s" if row and row.per_second else MISSING


class Throughput(Metric):
    """The speed of a drain: the worker is stopped while its queue is filled, and resumed until all tasks finished."""

    name = "throughput"
    order = 2
    turn = DrainTurn
    needs = Needs(worker=True)
    share = 0.3
    asked_only = False
    ceiled = True
    better = "more"
    unit = "1/s"
    sampled = False
    words = Words(
        compared="a worker on {name} drains {ratio} as many tasks a second as one on {to}",
        alone=("tasks/s", "a worker on {name} drains {figure} tasks a second"),
        since="a worker on {name} drains {ratio} as many tasks a second as in the baseline",
        what="tasks a second",
        samples="tasks",
        columns=(rate_column("tasks/s"),),
        short=("", "", "", "tasks/s"),
        glance=Glance(does="drains"),
        live=True,
        fitted_over="concurrency",
        method=_method,
        how=lambda _: "turns of one drain of a preloaded queue",
    )
    sides = (
        SideMetric(
            name="throughput",
            measured=("throughput",),
            sentence="Throughput: B drains {ratio} the tasks a second of A",
            figure=_figure,
            better="more",
        ),
    )

    def take(self, running: Running, order: Order) -> DrainTurn:
        """Drain a queue. The speed of the first drains of the warm-up decides how many tasks later drains have."""
        sizes = order.sizes
        drained = running.drain(sizes.drain_tasks(running), sizes.drain_limit_s(running, warmup=order.warmup))
        if order.warmup:
            sizes.drained(running, drained.tasks, drained.duration_ns)
        return DrainTurn(
            subject=running.label,
            layer=running.layer,
            warmup_tasks=drained.warmup_tasks,
            tasks=drained.tasks,
            duration_ns=drained.duration_ns,
            span_ns=drained.span_ns,
            run_ns=drained.run_ns,
            pauses=drained.pauses,
        )

    def parts(self, turn: DrainTurn) -> Iterable[TurnPart]:
        """Return the tasks and their time, and how long a task itself ran."""
        yield TurnPart(
            figure=turn.tasks / turn.duration_ns * 1e9,
            events=turn.tasks,
            duration_ns=turn.duration_ns,
            is_bound=not turn.warmup_tasks,
            pauses=turn.pauses,
            counted={_RUN: Histogram.of([turn.run_ns])} if turn.run_ns else {},
        )

    def more(self, whole: AllTurns) -> dict[str, Any]:
        """Return how long a task itself ran: the median of the drains' means."""
        run = whole.counted(_RUN)
        return {"run_ns": float(run.quantile(0.5))} if run.total else {}

    def records(self, found: Found) -> dict[str, list[Any]]:
        """Return the fits over a sweep of the worker's concurrency."""
        return {"scaling": scaling(found.rows)}

    def tables(self, lines: Sequence[ReportLine], result: Result) -> list[Titled]:
        """Return the table of the fits."""
        return [scaling_table(lines, result)]
