"""The size of a message takes the time: a line is narrow, or a sweep shows that the time grows with the payload."""

from collections.abc import Iterator
from typing import Any

from bench.diagnoses.diagnosis import Found, Kind, Seen
from bench.metrics.registry import find_metric
from bench.records.figures import Estimate, Row
from bench.text.numbers import bandwidth, duration, percent, rate, size
from bench.text.places import place_key, without

__all__ = ["GrowsWithSize"]

_KEY = "payload_bytes"
_COMPRESSED = "gzip"
_WORTH_COMPRESSING = 1024  # bytes


class GrowsWithSize(Kind):
    """A message's time on a narrow line is known; how much a larger one takes is known from a sweep."""

    name = "size"
    order = 50

    def find(self, seen: Seen) -> Found | None:
        """Return the part of the time that the size takes."""
        found = [one for one in (_line(seen), _sweep(seen)) if one]
        return max(found, key=lambda one: one.share, default=None)


def _line(seen: Seen) -> Found | None:
    """Return how long a message is on its way through a line of limited bandwidth."""
    way, bytes_ = seen.subject.way_at(seen.row.at), seen.evidence.message_bytes
    if way is None or not way.distance.bytes_per_s or not bytes_ or not seen.operation_ns:
        return None
    takes_ns = bytes_ / way.distance.bytes_per_s * 1e9
    share = min(1.0, takes_ns / seen.operation_ns)
    return Found(
        share=share,
        text=(
            f"a message of {size(bytes_)} takes {duration(takes_ns)} on a line of "
            f"{bandwidth(way.distance.bytes_per_s)}: {percent(share)} of the time, and no more than "
            f"{rate(1e9 / takes_ns)}"
        ),
        evidence={"message_bytes": bytes_, "bytes_per_s": way.distance.bytes_per_s},
        settings=_compression(seen, bytes_),
    )


def _sweep(seen: Seen) -> Found | None:
    """Return how much longer an operation takes than with the smallest payload of the sweep, at least."""
    large_bytes, smallest = _payload_bytes(seen.row), min(_others(seen), key=_payload_bytes, default=None)
    here, there = _times_ns(seen.row), _times_ns(smallest) if smallest else None
    if smallest is None or here is None or there is None or here[0] <= there[1]:
        return None
    small_bytes = _payload_bytes(smallest)
    if small_bytes >= large_bytes:
        return None
    share = 1 - there[1] / here[0]
    return Found(
        share=share,
        text=(
            f"a payload of {size(large_bytes)} takes at least {duration(here[0] - there[1])} longer than one of "
            f"{size(small_bytes)}: {percent(share)} of the time"
        ),
        evidence={"payload_bytes": large_bytes, "smallest_bytes": small_bytes},
    )


def _others(seen: Seen) -> Iterator[Row]:
    """Return the figures of the same subject that differ in the payload alone."""
    row = seen.row
    if _KEY not in row.at:
        return
    for one in seen.result.summary:
        is_same = (one.subject, one.layer, one.metric) == (row.subject, row.layer, row.metric) and one.void is None
        if is_same and _KEY in one.at and place_key(without(one.at, _KEY)) == place_key(without(row.at, _KEY)):
            yield one


def _payload_bytes(row: Row) -> float:
    return float(row.at.get(_KEY, 0))


def _times_ns(row: Row) -> tuple[float, float] | None:
    """Return the interval of the time per operation; None without one."""
    metric = find_metric(row.metric)
    figure: Estimate | None = metric.compared(row)
    if figure is None or not figure.low or not figure.high:
        return None
    return (1e9 / figure.high, 1e9 / figure.low) if metric.better == "more" else (figure.low, figure.high)


def _compression(seen: Seen, bytes_: float) -> dict[str, Any]:
    """Return a setting to try for the user's own arguments; a payload of ours is easier to compress than any."""
    is_ours = bool(seen.workload.payload_bytes)
    is_compressed = bool(seen.subject.settings.get("task_compression"))
    return {} if is_ours or is_compressed or bytes_ < _WORTH_COMPRESSING else {"task_compression": _COMPRESSED}
