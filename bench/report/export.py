"""Exports a result's figures for other tools: github-action-benchmark, Bencher, and anything that reads CSV.

github-action-benchmark takes a list of ``name``, ``unit``, ``value``, ``range`` and ``extra``, and one file is either
``customSmallerIsBetter`` or ``customBiggerIsBetter``: so the user must choose a direction. The Bencher Metric Format
maps benchmarks to measures, of which ``latency`` (nanoseconds) and ``throughput`` (per second) are built in. Both get
the figures that have a direction; CSV gets everything. Only CSV contains void figures, with the reason.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from bench.metrics.metric import ExportedFigure, Unit
from bench.metrics.registry import catalogue, find_metric
from bench.records.result import Result
from bench.stats.verdicts import Better
from bench.text.cleaning import clean
from bench.text.places import place_name

__all__ = ["Format", "Way", "bencher_json", "csv_rows", "exported", "github_action_json"]

Format = Literal["github-action-benchmark", "bencher", "csv"]
Way = Literal["smaller", "bigger"]
_MICROSECOND_NS = 1e3


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One figure; ``better`` is None if neither more nor less is better."""

    started_at: str
    workload: str
    subject: str
    layer: str
    tier: str
    metric: str
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
        """Return the figure's name for a chart: ``redis latency p99, at 200/s``."""
        what = f"{self.subject} {self.metric} {self.figure}"
        return ", ".join(filter(None, (what, self.place)))


def exported(result: Result) -> Iterator[Exported]:
    """Return every figure of a result."""
    return (one for one, _ in _exported(result))


def _exported(result: Result) -> Iterator[tuple[Exported, ExportedFigure]]:
    for row in result.summary:
        for figure in find_metric(row.metric).exported(row):
            void = clean(row.void) if row.void is not None else None
            yield _line(result, row, row.metric, figure, layer=row.layer, samples=row.samples, void=void), figure
    for name, metric in catalogue().items():
        for record in metric.recorded(result):
            for figure in () if metric.in_rows else metric.exported(record):
                yield _line(result, record, name, figure, samples=figure.samples), figure


def _line(result: Result, of: Any, metric: str, figure: ExportedFigure, **fields: Any) -> Exported:
    return Exported(
        started_at=result.started_at.isoformat(),
        workload=clean(result.workload.name),
        subject=clean(of.subject),
        tier=of.tier,
        metric=metric,
        place=place_name(of.at),
        figure=figure.figure,
        value=figure.estimate.value,
        low=figure.estimate.low,
        high=figure.estimate.high,
        unit=figure.unit,
        better=figure.better,
        **{"layer": "celery", "void": None, **fields},
    )


def _judgeable(result: Result) -> list[tuple[Exported, ExportedFigure]]:
    """Return the figures for other tools to judge: those of Celery itself that have a direction and are not void."""
    known = _exported(result)
    return [(one, figure) for one, figure in known if one.better and one.layer == "celery" and one.void is None]


def github_action_json(result: Result, way: Way) -> str:
    """Return the list that github-action-benchmark reads as ``customSmallerIsBetter`` or ``customBiggerIsBetter``."""
    better = "less" if way == "smaller" else "more"
    return json.dumps([_github(one) for one, _ in _judgeable(result) if one.better == better], indent=1) + "\n"


def _github(one: Exported) -> dict[str, Any]:
    """Return an entry: times in microseconds, as the charts print two decimals; the range is half the interval."""
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
    """Return the Bencher Metric Format: times in nanoseconds, rates per second."""
    benchmarks: dict[str, dict[str, dict[str, float]]] = {}
    for one, figure in _judgeable(result):
        name = ", ".join(filter(None, (f"{one.subject} {one.metric}", one.place)))
        ends = {"lower_value": one.low, "upper_value": one.high}
        known = {key: end for key, end in ends.items() if end is not None and figure.is_interval}
        benchmarks.setdefault(name, {})[figure.measure] = {"value": one.value, **known}
    return json.dumps(benchmarks, indent=1) + "\n"


def csv_rows(result: Result) -> str:
    """Return a line for each figure, after a header line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Exported)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(one) for one in exported(result))
    return text.getvalue()
