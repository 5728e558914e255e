"""A user's own limits in words."""

from collections.abc import Iterable

from bench.records.provenance import OwnLimit
from bench.text.cleaning import clean
from bench.text.numbers import duration, number

__all__ = ["limit_named", "own_limit"]

_TIMES = ("time_limit", "soft_time_limit", "expires", "visibility")


def limit_named(limits: Iterable[OwnLimit], kind: str) -> OwnLimit | None:
    """Return the first limit of that kind."""
    return next((one for one in limits if one.kind == kind), None)


def own_limit(limit: OwnLimit) -> str:
    """Return ``your rate_limit of 10/s``, ``your time_limit of 1 s``, or the name alone where there is no value."""
    if limit.value is None:
        return f"your {clean(limit.name)}"
    if limit.kind == "rate":
        return f"your {clean(limit.name)} of {_rate(limit.value)}"
    value = duration(limit.value * 1e9) if limit.kind in _TIMES else None
    return f"your {clean(limit.name)} of {value or number(limit.value)}"


def _rate(per_s: float) -> str:
    """Return a rate in the largest unit in which Celery reads one: ``10/s``, ``6/m``, ``3/h``."""
    per_unit, unit = next(
        ((per_s * seconds, unit) for seconds, unit in ((1, "s"), (60, "m")) if per_s * seconds >= 1),
        (per_s * 3600, "h"),
    )
    return f"{number(per_unit)}/{unit}"
