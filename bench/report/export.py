"""A result's figures for other tools: github-action-benchmark, Bencher, and whatever reads CSV.

github-action-benchmark takes a list of ``name``, ``unit``, ``value``, ``range`` and ``extra``, and one file is either
``customSmallerIsBetter`` or ``customBiggerIsBetter``: so a direction must be chosen. The Bencher Metric Format is a map
of benchmarks to measures, of which ``latency`` (nanoseconds) and ``throughput`` (a second) are built in. Both get what
has a direction; CSV gets everything. Void figures are exported as CSV only, with the reason.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from bench.records.figures import Capacity, Cost, Estimate, Row
from bench.records.result import Result
from bench.records.turns import Metric
from bench.report.cleaning import clean
from bench.report.places import place_name
from bench.stats.verdicts import Better

__all__ = ["Format", "Way", "bencher_json", "csv_rows", "exported", "github_action_json"]

Format = Literal["github-action-benchmark", "bencher", "csv"]
Way = Literal["smaller", "bigger"]
Unit = Literal["ns", "1/s", "bytes", "1"]
_TIMES = ("median_ns", "p95_ns", "p99_ns", "p999_ns", "mean_ns")
_MICROSECOND_NS = 1e3
_BENCHER = {"throughput": "throughput", "capacity": "throughput"}


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One figure; ``better`` is None where neither more nor less of it is."""

    started_at: str
    workload: str
    subject: str
    layer: str
    tier: str
    metric: Metric
    place: str
    figure: str
    value: float
    low: float | None
    high: float | None
    unit: Unit
    better: Better | None
    samples: int
    void: str | None

    @property
    def name(self) -> str:
        """Name it for a chart: ``redis latency p99, at 200/s``."""
        what = f"{self.subject} {self.metric} {self.figure}"
        return ", ".join(filter(None, (what, self.place)))


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A figure, and what it is of."""

    of: Row | Capacity | Cost
    metric: Metric
    figure: str
    estimate: Estimate
    unit: Unit
    better: Better | None


def exported(result: Result) -> Iterator[Exported]:
    """Return every figure of a result."""
    for found in _found(result):
        of, estimate = found.of, found.estimate
        samples = of.samples if isinstance(of, Row) else of.tasks if isinstance(of, Cost) else of.probes
        yield Exported(
            started_at=result.started_at.isoformat(),
            workload=clean(result.workload.name),
            subject=clean(of.subject),
            layer=of.layer if isinstance(of, Row) else "celery",
            tier=of.tier,
            metric=found.metric,
            place=place_name(of.at),
            figure=found.figure,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            unit=found.unit,
            better=found.better,
            samples=samples,
            void=clean(of.void) if isinstance(of, Row) and of.void is not None else None,
        )


def _found(result: Result) -> Iterator[_Found]:
    for row in result.summary:
        yield from _of_row(row)
    for one in result.capacities:
        if one.rate_per_s is not None:
            rate = Estimate(value=one.rate_per_s, high=one.failed_per_s)
            yield _Found(of=one, metric="capacity", figure="per_second", estimate=rate, unit="1/s", better="more")
    for cost in result.costs:
        for figure, estimate, unit in _of_cost(cost):
            yield _Found(of=cost, metric="cost", figure=figure, estimate=estimate, unit=unit, better="less")


def _of_row(row: Row) -> Iterator[_Found]:
    """Return a row's figures. The rate of calls is the inverse of their time, and that of an open loop is intended."""
    if row.per_second:
        better: Better | None = "more" if row.metric == "throughput" else None
        yield _Found(of=row, metric=row.metric, figure="per_second", estimate=row.per_second, unit="1/s", better=better)
    for name in _TIMES:
        if estimate := getattr(row, name):
            figure = name.removesuffix("_ns")
            yield _Found(of=row, metric=row.metric, figure=figure, estimate=estimate, unit="ns", better="less")


def _of_cost(cost: Cost) -> Iterator[tuple[str, Estimate, Unit]]:
    for name in ("producer_cpu_ns", "worker_cpu_ns", "server_cpu_ns"):
        if estimate := getattr(cost, name):
            yield name.removesuffix("_ns"), estimate, "ns"
    for name in ("bytes_to_server", "bytes_from_server", "waiting_bytes"):
        if (value := getattr(cost, name)) is not None:
            yield name, Estimate(value=value), "bytes"
    for way, times in cost.round_trips.items():
        yield f"{way}_round_trips", Estimate(value=times), "1"


def _told(result: Result) -> list[Exported]:
    """Return what other tools may judge: figures of Celery itself that have a direction and are to be believed."""
    return [one for one in exported(result) if one.better and one.layer == "celery" and one.void is None]


def github_action_json(result: Result, way: Way) -> str:
    """Return the list that github-action-benchmark reads as ``customSmallerIsBetter`` or ``customBiggerIsBetter``."""
    better = "less" if way == "smaller" else "more"
    return json.dumps([_github(one) for one in _told(result) if one.better == better], indent=1) + "\n"


def _github(one: Exported) -> dict[str, Any]:
    """Return times in microseconds, of which its charts print two decimals, and half of the interval as the range."""
    scale = _MICROSECOND_NS if one.unit == "ns" else 1
    known = one.low is not None and one.high is not None
    half = {"range": f"± {(one.high - one.low) / 2 / scale:.4g}"} if known else {}  # type: ignore[operator]
    return {
        "name": one.name,
        "unit": {"ns": "us", "1/s": "tasks/s", "bytes": "bytes", "1": "times"}[one.unit],
        "value": round(one.value / scale, 4),
        **half,
        "extra": f"workload {one.workload}, {one.tier} tier, {one.samples} samples",
    }


def bencher_json(result: Result) -> str:
    """Return the Bencher Metric Format: times in nanoseconds, rates a second."""
    benchmarks: dict[str, dict[str, dict[str, float]]] = {}
    for one in _told(result):
        name = ", ".join(filter(None, (f"{one.subject} {one.metric}", one.place)))
        ends = {"lower_value": one.low, "upper_value": one.high}
        known = {key: end for key, end in ends.items() if end is not None and one.metric != "capacity"}
        benchmarks.setdefault(name, {})[_measure(one)] = {"value": one.value, **known}
    return json.dumps(benchmarks, indent=1) + "\n"


def _measure(one: Exported) -> str:
    """Name the measure: the figure that is compared is the built-in one, others are named after it."""
    if one.unit == "1/s":
        return _BENCHER[one.metric]
    if one.metric == "cost":
        return one.figure.replace("_", "-")
    few = one.metric in ("wakeup", "first-publish")
    return "latency" if one.figure == ("mean" if few else "median") else f"latency-{one.figure}"


def csv_rows(result: Result) -> str:
    """Return a line for each figure, below a line of heads."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Exported)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(one) for one in exported(result))
    return text.getvalue()
