"""Chooses the figures of a row to show for each metric, and their heads."""

from collections.abc import Iterable

from bench.metrics.registry import find_metric
from bench.records.figures import Row
from bench.text.numbers import MISSING, Figure

__all__ = ["figure_of", "heads", "short_heads"]


def heads(metric: str, rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the heads of a metric's figures, without those (except the first) that no row has a figure for."""
    rows, columns = list(rows), find_metric(metric).words.columns
    known = {column.head for column in columns if any(column.of(row).text != MISSING for row in rows)}
    return tuple(column.head for place, column in enumerate(columns) if column.head in known or place == 0)


def short_heads(metric: str) -> tuple[str, ...]:
    """Return the heads of the four figures that fit in a terminal; an empty one leaves its column blank."""
    return tuple(find_metric(metric).words.short)


def figure_of(row: Row, head: str) -> Figure:
    """Return a row's printed figure for this head; an empty head has an empty figure."""
    columns = {column.head: column for column in find_metric(row.metric).words.columns}
    return columns[head].of(row) if head else Figure("")
