"""The worker waits for a timer: its tasks come in batches, with pauses of one length between them."""

from collections.abc import Mapping
from typing import Any

from bench.diagnoses.diagnosis import Found, Kind, Seen
from bench.text.numbers import duration, percent, plural
from brokers.registry import find_broker
from brokers.tunable import Tunable

__all__ = ["WaitsForTimer", "timer_of"]

_FEWEST, _FEWEST_OF_KNOWN = 3, 2  # pauses: two of one length may be chance, unless a setting is just as long
_SHORTEST_NS = 20e6  # what is shorter may be the machine's own scheduling
_SAME = 0.1  # of a pause's length: what scatters more has no timer behind it
_NEAR = 0.2  # of a timer's length: by how much a pause may be longer, because a round trip follows


class WaitsForTimer(Kind):
    """Pauses of one length, while tasks wait, show a timer; its length tells which setting it may be."""

    name = "timer"
    order = 20
    metrics = ("throughput",)

    def find(self, seen: Seen) -> Found | None:
        """Return how often and how long the worker paused, and the setting whose value is that long."""
        pauses = seen.evidence.pauses
        if pauses is None or pauses.typical_ns < _SHORTEST_NS or pauses.scatter_ns > _SAME * pauses.typical_ns:
            return None
        share, timer = pauses.total_ns / pauses.span_ns, timer_of(seen, pauses.typical_ns / 1e9)
        if pauses.count < (_FEWEST_OF_KNOWN if timer else _FEWEST):
            return None
        if pauses.count == _FEWEST_OF_KNOWN and 2 * pauses.scatter_ns > _SAME * pauses.typical_ns:
            return None  # of two, the middle one is the shorter one
        times = f"{plural(pauses.count, 'time')} for {duration(pauses.typical_ns)}"
        what = f"as long as its {timer.name.rpartition('.')[2]}" if timer else "all of one length, as of a timer"
        return Found(
            share=share,
            text=(f"the worker paused while tasks waited, {times}, {what}: {percent(share)} of the time"),
            evidence={"pauses": pauses.count, "typical_ns": pauses.typical_ns, "scatter_ns": pauses.scatter_ns},
            settings=_shorter(timer, seen.subject.settings) if timer else {},
        )


def timer_of(seen: Seen, pause_s: float) -> Tunable | None:
    """Return the setting of the broker that is as long as the pause; None if there is none."""
    for tunable in find_broker(seen.subject.broker).tunables:
        if tunable.pauses_s and not tunable.lacks(seen.subject.versions):
            length_s = _value(tunable, seen.subject.settings)
            if length_s and length_s <= pause_s * (1 + _SAME) and pause_s <= length_s * (1 + _NEAR):
                return tunable
    return None


def _shorter(timer: Tunable, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first value to try that is shorter than the present one; nothing if there is none."""
    now_s = _value(timer, settings)
    shorter = [value for value in timer.values if now_s is not None and value < now_s]
    return {timer.name: shorter[0]} if shorter else {}


def _value(tunable: Tunable, settings: Mapping[str, Any]) -> float | None:
    """Return what the setting is, or its default; None if it is not a number."""
    value: Any = settings
    for name in tunable.name.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    value = tunable.default if value is None else value
    return float(value) if isinstance(value, int | float) else None
