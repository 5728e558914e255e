"""Which figures of a row are shown in which metric, under which heads."""

from collections.abc import Callable, Iterable

from bench.records.figures import Percentiles, Row
from bench.records.turns import Metric
from bench.report.numbers import MISSING, Figure, count, duration_figure, rate_figure

__all__ = ["PERCENTILES", "figure_of", "heads", "percentile_figures", "short_heads"]

_Column = Callable[[Row], Figure]

PERCENTILES = ("median", "p95", "p99", "p99.9")


def percentile_figures(found: Row | Percentiles) -> dict[str, Figure]:
    """Print the percentiles of a row, or of a part of one, by their heads."""
    estimates = (found.median_ns, found.p95_ns, found.p99_ns, found.p999_ns)
    return dict(zip(PERCENTILES, map(duration_figure, estimates), strict=True))


def _percentile(head: str) -> _Column:
    return lambda row: percentile_figures(row)[head]


def _rate(row: Row) -> Figure:
    return rate_figure(row.per_second)


def _mean(row: Row) -> Figure:
    return duration_figure(row.mean_ns)


def _intended(row: Row) -> Figure:
    return Figure(count(row.intended_per_s))


def _dropped(row: Row) -> Figure:
    return Figure(f"{row.dropped:,}")


_TIMES: dict[str, _Column] = {head: _percentile(head) for head in PERCENTILES}
_COLUMNS: dict[Metric, dict[str, _Column]] = {
    "enqueue": {**_TIMES, "calls/s": _rate},
    "throughput": {"tasks/s": _rate},
    "latency": {**_TIMES, "intended/s": _intended, "sent/s": _rate, "dropped": _dropped},
    "wakeup": {"mean": _mean, **_TIMES},
    "first-publish": {"mean": _mean, **_TIMES},
}
_SHORT: dict[Metric, tuple[str, ...]] = {
    "enqueue": ("median", "p95", "p99", "calls/s"),
    "throughput": ("", "", "", "tasks/s"),
    "latency": ("median", "p95", "p99", "sent/s"),
    "wakeup": ("mean", "median", "p95", ""),
    "first-publish": ("mean", "median", "p95", ""),
}


def heads(metric: Metric, rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the heads of a metric's figures; one under which no row has any is left out, but the first."""
    rows, columns = list(rows), _COLUMNS.get(metric, {})
    known = {head for head, column in columns.items() if any(column(row).text != MISSING for row in rows)}
    return tuple(head for place, head in enumerate(columns) if head in known or place == 0)


def short_heads(metric: Metric) -> tuple[str, ...]:
    """Return the heads of the four figures that have room in a terminal; an empty one keeps a column free."""
    return _SHORT[metric]


def figure_of(row: Row, head: str) -> Figure:
    """Print the figure of a row that stands under this head; an empty head has an empty figure."""
    return _COLUMNS[row.metric][head](row) if head else Figure("")
