"""The installed metrics: those of Brokerbench and of other packages."""

from functools import cache

from bench.metrics.metric import Metric
from bench.metrics.sides import SideMetric
from bench.records.figures import Estimate, Row
from bench.records.turns import installed_metrics
from bench.stats.verdicts import Better

__all__ = ["better", "catalogue", "compared", "find_metric", "side_metrics"]


@cache
def catalogue() -> dict[str, Metric]:
    """Return every installed metric by name, in the order of reports."""
    metrics: list[Metric] = [entry.load()() for entry in installed_metrics().values()]
    return {metric.name: metric for metric in sorted(metrics, key=lambda metric: (metric.order, metric.name))}


def find_metric(name: str) -> Metric:
    """Return the metric of that name, which must be installed."""
    return catalogue()[name]


def compared(row: Row) -> Estimate | None:
    """Return the figure of a row that is compared."""
    return find_metric(row.metric).compared(row)


def better(metric: str) -> Better:
    """Return whether more or less of a metric's figure is better."""
    return find_metric(metric).better


@cache
def side_metrics() -> dict[str, SideMetric]:
    """Return the metrics in which two sides can be compared, by name."""
    return {side.name: side for metric in catalogue().values() for side in metric.sides}
