"""Turns and blocks: what was measured, as it was measured.

Durations are integers in nanoseconds. Samples of a turn's warm-up are stored separately and are not part of any figure.
The contents of a turn belong to its metric: each metric has its own record of turns, derived from ``Turn``.
"""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple, Protocol, Self

import numpy as np
from pydantic import (
    AfterValidator,
    GetJsonSchemaHandler,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bench.records.bounds import Count, Few, Many, Name, Nanoseconds, Number, Times
from bench.records.effort import Effort
from bench.records.strict import Record
from bench.stats import histogram
from brokers.documents import shortened

__all__ = [
    "Block",
    "HistogramRecord",
    "Key",
    "Layer",
    "MetricName",
    "Place",
    "RelayedTurn",
    "Series",
    "Turn",
    "installed_metrics",
]


@cache
def installed_metrics() -> dict[str, EntryPoint]:
    """Return where each installed metric is, by its name: ours, and those of other packages."""
    return {one.name: one for one in entry_points(group="brokerbench.metrics")}


def _installed(name: str) -> str:
    if name not in installed_metrics():
        raise ValueError(
            f"no metric named {shortened(repr(name))}; installed: {', '.join(sorted(installed_metrics()))}"
        )
    return name


MetricName = Annotated[str, AfterValidator(_installed)]
Layer = Literal["celery", "kombu", "raw", "memory", "metered"]
"""What did the work: Celery on the subject's broker, one of its ceilings, or Celery while it is metered."""
Place = dict[str, bool | int | float | str]
"""Where a block stands in a series: the load of a latency, the idle time before a wake-up, the point of a sweep."""
Key = tuple[str, Layer]
"""What has turns: a subject's label, and what does the work."""


class Series(NamedTuple):
    """A metric at one place: a load, an idle time, or nowhere in particular. All loads together have one share."""

    metric: str
    place: tuple[tuple[str, bool | int | float | str], ...] = ()

    @property
    def at(self) -> Place:
        """Return the place."""
        return dict(self.place)


class HistogramRecord(Record):
    """How often each duration was seen: ``counts[i]`` times ``values_ns[i]``, exact to 0.05 %.

    Histograms merge by adding counts.
    """

    values_ns: Many[Nanoseconds]
    counts: Many[Times]

    @classmethod
    def of(cls, samples_ns: Iterable[int]) -> Self:
        """Return the histogram of samples."""
        return cls.recorded(histogram.Histogram.of(samples_ns))

    @classmethod
    def recorded(cls, counted: histogram.Histogram) -> Self:
        """Return the record of a histogram."""
        return cls(values_ns=counted.values_ns.tolist(), counts=counted.counts.tolist())

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.values_ns) != len(self.counts):
            raise ValueError(f"{len(self.values_ns)} values with {len(self.counts)} counts: each value needs one")
        if any(later <= earlier for earlier, later in pairwise(self.values_ns)):
            raise ValueError("the values of a histogram must rise")
        return self

    def counted(self) -> histogram.Histogram:
        """Return the histogram that this record describes."""
        return histogram.Histogram(np.asarray(self.values_ns, np.int64), np.asarray(self.counts, np.int64))


class RelayedTurn(Record):
    """What a relay passed on during a turn, and how late: half of the pieces by ``late_ns`` at most.

    ``busy`` is the share of the turn in which the relay was at work.
    """

    pieces: Count
    late_ns: Count
    late_p99_ns: Count
    busy: Number


class Turn(Record):
    """One subject's turn, or that of one of its ceilings."""

    subject: Name
    layer: Layer = "celery"
    relay: RelayedTurn | None = None
    """Of the relay that puts its server at a distance; None without one."""
    effort: Effort | None = None
    """Of a subject's own turn; None if it could not be read."""
    message_bytes: Count | None = None
    """The size of a task's message as the producer serialized it, body and headers; None if unknown."""


class _Measured(Protocol):
    """What a metric provides for its turns."""

    turn: type[Turn]


def _turn_of(metric: str) -> type[Turn]:
    """Return the metric's record of turns."""
    found: _Measured = installed_metrics()[metric].load()
    return found.turn


class Block(Record):
    """Every subject at most once, in the order in which they had their turns."""

    number: Count
    generation: Count = 0
    """Blocks of one generation were measured in the same processes; those of the next one in fresh ones."""
    metric: MetricName
    at: Place = {}
    at_s: Number = 0.0
    """When it began, in seconds since the comparison was started."""
    warmup: bool
    """A block before the actual measurement: kept, marked, and not part of any figure."""
    other_cores: Number | None = None
    """The mean number of the run's cores that other programs used during it, or in the second before its end if that
    is longer; None if unknown."""
    turns: Few[SerializeAsAny[Turn]]

    @field_validator("turns", mode="before")
    @classmethod
    def _of_its_metric(cls, turns: Any, info: ValidationInfo) -> Any:
        """Read each turn as its metric's record."""
        if "metric" not in info.data or not isinstance(turns, list):
            return turns
        kind = _turn_of(info.data["metric"])
        return [one if isinstance(one, Turn) else _read(kind, one, number) for number, one in enumerate(turns)]

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Declare in the schema that a turn belongs to an installed metric."""
        found = handler(schema)
        kinds = dict.fromkeys(_turn_of(metric) for metric in installed_metrics())
        turns = handler.resolve_ref_schema(found)["properties"]["turns"]
        turns["items"] = {"anyOf": [handler(kind.__pydantic_core_schema__) for kind in kinds]}
        return found


def _read(kind: type[Turn], turn: Any, number: int) -> Turn:
    try:
        return kind.model_validate(turn)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, (number, *first["loc"])))
        raise ValueError(shortened(f"{place}: {first['msg']}")) from error
