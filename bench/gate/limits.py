"""Limits on how much worse a figure may get: by subject and metric, from a TOML file, or one number for all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from bench.metrics.registry import catalogue
from bench.records.margin import share
from bench.records.strict import Record, checked_toml
from brokers.documents import shortened
from brokers.errors import UsageError

__all__ = ["DEFAULT_LIMIT", "Limits", "read_limits"]

DEFAULT_LIMIT = 0.05


def _gated(name: str) -> str:
    gated = [metric.name for metric in catalogue().values() if metric.in_rows]
    if name not in gated:
        raise ValueError(f"{shortened(repr(name))} is not a gated metric: use one of {', '.join(gated)}")
    return name


Gated = Annotated[str, AfterValidator(_gated)]


def _limit(value: object) -> float:
    if not isinstance(value, str):
        shown = shortened(repr(value))
        raise ValueError(f"{shown} is not a limit; use a percentage between 0 % and 100 % in quotes, for example '5%'")
    return share(value, "limit")


_Limit = Annotated[float, BeforeValidator(_limit)]


class _File(Record):
    """The contents of a file of limits."""

    max_regression: Annotated[_Limit | None, Field(alias="max-regression")] = None
    metric: Annotated[dict[Gated, _Limit], Field(default_factory=dict)]
    subject: Annotated[dict[str, dict[Gated, _Limit]], Field(default_factory=dict)]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The relative difference allowed in the worse direction: the most specific limit applies."""

    default: float = DEFAULT_LIMIT
    metrics: Mapping[Gated, float] = field(default_factory=dict)
    subjects: Mapping[str, Mapping[Gated, float]] = field(default_factory=dict)

    def of(self, subject: str, metric: str) -> float:
        """Return the limit of a subject's metric."""
        for limits in (self.subjects.get(subject, {}), self.metrics):
            for name, limit in limits.items():
                if name == metric:
                    return limit
        return self.default

    def check(self, subjects: Iterable[str]) -> None:
        """Raise UsageError for a limit on an unknown subject: it would guard nothing."""
        known = list(dict.fromkeys(subjects))
        for name in self.subjects:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else f"the subjects are {', '.join(known) or 'none'}"
                raise UsageError(f"a limit is for {name!r}, which is in neither result: {remedy}")


def read_limits(path: Path | None, max_regression: float | None) -> Limits:
    """Return the limits in a file, if any; ``max_regression`` overrides the file's default.

    Raises UsageError when the file cannot be read, or a key or a value in it is wrong.
    """
    if path is None:
        return Limits(default=max_regression or DEFAULT_LIMIT)
    found = checked_toml(_File, path, "limits", "use a TOML file")
    return Limits(
        default=max_regression or found.max_regression or DEFAULT_LIMIT,
        metrics=found.metric,
        subjects=found.subject,
    )
