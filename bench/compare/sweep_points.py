"""The points of a sweep: what failed at which point, and the order of their rows."""

from collections.abc import Iterable, Mapping, Sequence

from bench.records.figures import Row
from bench.records.turns import Key, Layer, Place

__all__ = ["failures_at", "in_order"]


def failures_at(failures: Mapping[tuple[Key, int], str], label: str, layer: Layer) -> dict[int, str]:
    """Return why a subject, or its ceiling, was not measured, by the point of the sweep."""
    return {point: reason for (key, point), reason in failures.items() if key == (label, layer)}


def in_order(rows: Iterable[Row], metrics: Sequence[str], points: Sequence[Place]) -> list[Row]:
    """Return the rows sorted by metric and point of the sweep; they were measured in random order."""

    def place(row: Row) -> tuple[int, int]:
        point = next(number for number, at in enumerate(points) if at.items() <= row.at.items())
        return metrics.index(row.metric), point

    return sorted(rows, key=place)
