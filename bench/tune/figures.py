"""The figures that a tuning can improve: which metrics measure each, and how two sides compare in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.figures.logs import ratio_logs
from bench.figures.tally import Leg, Tally
from bench.metrics.cost_sides import amount_logs, cpu_ns, requests
from bench.records.figures import Cost, Estimate, Row
from bench.records.result import Result
from bench.records.tune import GoalName
from bench.stats.histogram import Histogram
from bench.stats.intervals import TRIM

__all__ = ["FIGURES", "PERCENTILES", "FigureKind", "Gains", "row_of"]

Gains = Mapping[int, Sequence[float]]
"""Logarithms of how many times better one side is than another: for each generation, one a block."""

PERCENTILES = {"median": "median_ns", "p95": "p95_ns", "p99": "p99_ns", "p999": "p999_ns"}
"""The fields of a row, by the names in a limit."""
_P99 = 0.99


@dataclass(frozen=True, kw_only=True)
class FigureKind:
    """A figure. ``metrics`` measure it, ``rated`` ones if a rate is given; ``head`` names it in a table.

    ``gains`` compares a side with another one, and ``estimate`` is a side's own figure.
    """

    metrics: tuple[str, ...]
    rated: tuple[str, ...] = ()
    head: str
    gains: Callable[[Tally, str, str], Gains]
    estimate: Callable[[Result, str], Estimate | None]
    trim: float = TRIM
    """Which share of a generation's blocks is left out at either end: none, if totals are compared."""


def row_of(result: Result, metric: str, label: str) -> Row | None:
    """Return a subject's row of a metric; None without one."""
    found = (row for row in result.summary if (row.metric, row.subject, row.layer) == (metric, label, "celery"))
    return next(found, None)


def _legs(tally: Tally, metric: str) -> dict[int, Leg]:
    """Return a metric's blocks by generation; it is measured at one place."""
    for series, legs in tally.series.items():
        if series.metric == metric:
            return dict(zip(sorted(legs), tally.legs(series), strict=True))
    return {}


def _of_blocks(metric: str, sign: int) -> Callable[[Tally, str, str], Gains]:
    """Return what compares the figures of a metric's turns; of times, ``sign`` is -1, because less is better."""

    def gains(tally: Tally, own: str, to: str) -> Gains:
        legs = {number: leg for number, leg in _legs(tally, metric).items() if _has_both(leg, own, to)}
        found = ratio_logs(list(legs.values()), (own, "celery"), (to, "celery")).generations
        return {number: list(sign * np.asarray(logs)) for number, logs in zip(legs, found, strict=True)}

    return gains


def _has_both(leg: Leg, own: str, to: str) -> bool:
    """Return True if the two had turns in the same block."""
    return bool(np.any(~np.isnan(leg.logs((own, "celery")) - leg.logs((to, "celery")))))


def _of_p99(tally: Tally, own: str, to: str) -> Gains:
    """Compare the 99th percentiles of the latency, one a generation."""
    found = {number: (_p99_ns(leg, own), _p99_ns(leg, to)) for number, leg in _legs(tally, "latency").items()}
    return {number: [float(np.log(other / one))] for number, (one, other) in found.items() if one and other}


def _p99_ns(leg: Leg, label: str) -> float | None:
    merged = Histogram.merged([chunk.histogram for chunk in leg.chunks((label, "celery"))])
    return max(float(merged.quantile(_P99)), 1.0) if merged.total else None


def _of_costs(amount: Callable[..., float | None]) -> Callable[[Tally, str, str], Gains]:
    return lambda tally, own, to: amount_logs(tally.blocks, amount, to, own)


def _in_row(metric: str, field: str) -> Callable[[Result, str], Estimate | None]:
    def estimate(result: Result, label: str) -> Estimate | None:
        row = row_of(result, metric, label)
        found: Estimate | None = getattr(row, field) if row and row.void is None else None
        return found

    return estimate


def _cost(result: Result, label: str) -> Cost | None:
    return next((cost for cost in result.costs if cost.subject == label), None)


def _cpu(result: Result, label: str) -> Estimate | None:
    cost = _cost(result, label)
    known = (cost.producer_cpu_ns, cost.worker_cpu_ns) if cost else ()
    values = [one.value for one in known if one]
    return Estimate(value=sum(values)) if len(values) == len(known) and values else None


def _requests(result: Result, label: str) -> Estimate | None:
    """Return the requests of a task, in and out."""
    cost = _cost(result, label)
    counts = [sum(one.values()) for one in cost.operations.values()] if cost else []
    return Estimate(value=sum(counts)) if counts else None


FIGURES: Mapping[GoalName, FigureKind] = {
    "enqueue": FigureKind(
        metrics=("enqueue",),
        head="median enqueue",
        gains=_of_blocks("enqueue", -1),
        estimate=_in_row("enqueue", "median_ns"),
    ),
    "throughput": FigureKind(
        metrics=("throughput",),
        head="tasks/s",
        gains=_of_blocks("throughput", 1),
        estimate=_in_row("throughput", "per_second"),
        trim=0.0,
    ),
    "latency": FigureKind(
        metrics=("throughput", "latency"),  # the load is a share of what drains
        rated=("latency",),
        head="p99 latency",
        gains=_of_p99,
        estimate=_in_row("latency", "p99_ns"),
    ),
    "cpu": FigureKind(metrics=("cost",), head="CPU a task", gains=_of_costs(cpu_ns), estimate=_cpu),
    "dollars": FigureKind(metrics=("cost",), head="requests a task", gains=_of_costs(requests), estimate=_requests),
}
