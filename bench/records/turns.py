"""Turns and blocks: what was measured, as it was measured.

Durations are integers in nanoseconds. Samples of a turn's warm-up are kept apart and are part of no figure.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Literal, NamedTuple, Self

import numpy as np
from pydantic import model_validator

from bench.records.bounds import (
    Count,
    Duration,
    Few,
    Many,
    Name,
    Nanoseconds,
    Number,
    PositiveCount,
    PositiveNanoseconds,
    PositiveNumber,
    Times,
    Whole,
)
from bench.records.strict import Record
from bench.stats import histogram

__all__ = [
    "Block",
    "CostTurn",
    "DrainTurn",
    "EnqueueTurn",
    "FirstPublishTurn",
    "Histogram",
    "Key",
    "LatencyTurn",
    "Layer",
    "Metric",
    "PayloadLimitTurn",
    "Phase",
    "PhaseTurn",
    "Place",
    "Series",
    "Spent",
    "Turn",
    "WakeupTurn",
]

Metric = Literal[
    "enqueue", "throughput", "latency", "capacity", "wakeup", "first-publish", "phases", "cost", "payload-limit"
]
Layer = Literal["celery", "kombu", "raw", "memory", "metered"]
"""What did the work: Celery on the subject's broker, one of its ceilings, or Celery while it is counted."""
Phase = Literal["serialise", "publish", "queue wait", "prefetch wait", "run", "acknowledge"]
Place = dict[str, bool | int | float | str]
"""Where in a series a block stands: the load of a latency, the idle time before a wake-up, the point of a sweep."""
Key = tuple[str, Layer]
"""Who has turns: a subject's label, and what does the work."""


class Series(NamedTuple):
    """A metric at one place: a load, an idle time, or nowhere in particular. All loads together have one share."""

    metric: Metric
    place: tuple[tuple[str, bool | int | float | str], ...] = ()

    @property
    def at(self) -> Place:
        """Return the place."""
        return dict(self.place)


class Histogram(Record):
    """How often each duration was seen: ``counts[i]`` times ``values_ns[i]``, exact to 0.05 %.

    Histograms merge by adding counts.
    """

    values_ns: Many[Nanoseconds]
    counts: Many[Times]

    @classmethod
    def of(cls, samples_ns: Iterable[int]) -> Self:
        """Count samples."""
        return cls.recorded(histogram.Histogram.of(samples_ns))

    @classmethod
    def recorded(cls, counted: histogram.Histogram) -> Self:
        """Return the record of a histogram."""
        return cls(values_ns=counted.values_ns.tolist(), counts=counted.counts.tolist())

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.values_ns) != len(self.counts):
            raise ValueError(f"{len(self.values_ns)} values with {len(self.counts)} counts: there is one for each")
        if any(later <= earlier for earlier, later in pairwise(self.values_ns)):
            raise ValueError("the values of a histogram rise")
        return self

    def counted(self) -> histogram.Histogram:
        """Return the histogram that this is the record of."""
        return histogram.Histogram(np.asarray(self.values_ns, np.int64), np.asarray(self.counts, np.int64))


class EnqueueTurn(Record):
    """One subject's calls of one block."""

    subject: Name
    layer: Layer = "celery"
    warmup_ns: Many[Duration]
    samples_ns: Many[Duration]


class DrainTurn(Record):
    """One subject's drain of one block: ``tasks`` finished in ``duration_ns``.

    Both count from the end of the ``warmup_tasks``-th task, because so many may have lain in the worker
    before it was let go. ``span_ns`` is from the first start to the last end of all of them.
    """

    subject: Name
    layer: Layer = "celery"
    warmup_tasks: Count
    tasks: PositiveCount
    duration_ns: PositiveNanoseconds
    span_ns: PositiveNanoseconds


class LatencyTurn(Record):
    """One subject's tasks of one block, sent in an open loop: each at its intended time, or at once when late.

    The first ``warmup_tasks`` are in no histogram. ``start`` and ``response`` count from the intended time to the
    task's start and end, ``service`` from start to end. ``schedule_lag`` is how late calls began;
    ``generator_lag`` is the part of it that the generator itself was late, while no earlier call was under way.
    ``dropped`` were never sent. ``sending_ns`` is from the first intended time to one interval after the beginning of
    the last call: with ``sent`` it gives the achieved rate. ``backlog_per_s`` is the slope of the number of waiting
    tasks while they were sent, with its 95 % interval.
    """

    subject: Name
    rate_per_s: PositiveNumber
    warmup_tasks: Count
    sent: Count
    dropped: Count = 0
    sending_ns: PositiveNanoseconds
    start: Histogram
    response: Histogram
    service: Histogram
    schedule_lag: Histogram
    generator_lag: Histogram
    backlog_per_s: tuple[Number, Number, Number]


class WakeupTurn(Record):
    """One task sent to an idle queue: from just before the call to the task's start, and what the call took of it."""

    subject: Name
    start_ns: PositiveNanoseconds
    call_ns: PositiveNanoseconds


class FirstPublishTurn(Record):
    """The first call of a fresh process, and the only calls of fresh threads of it, which has published before."""

    subject: Name
    process_ns: PositiveNanoseconds
    threads_ns: Many[PositiveNanoseconds]


class PhaseTurn(Record):
    """Where so many tasks' time went. A phase may be negative: a task can be received before its call returned."""

    subject: Name
    tasks: PositiveCount
    phases: dict[Phase, Histogram]


class Spent(Record):
    """What so many tasks took on their way into the broker, or out of it.

    ``client`` is the producer, or the worker with its pool. None is what cannot be read (another's server, a
    connection that no relay can stand in).
    """

    connections: Count | None = None
    channels: Count | None = None
    round_trips: Count | None = None
    bytes_to_server: Count | None = None
    bytes_from_server: Count | None = None
    operations: dict[str, Count] = {}
    client_cpu_ns: Count | None = None
    client_grown_bytes: Whole | None = None
    """Growth of the client's resident memory."""
    server_cpu_ns: Count | None = None


class CostTurn(Record):
    """What one subject's tasks of one block cost. ``waiting_bytes`` is what all of them took of the server's memory."""

    subject: Name
    tasks: PositiveCount
    enqueue: Spent
    drain: Spent
    waiting_bytes: Whole | None = None


class PayloadLimitTurn(Record):
    """The largest payload that went through the broker to the worker, by trying, and what the next byte met.

    ``refused_bytes`` is None where none was refused up to what was tried.
    """

    subject: Name
    largest_bytes: Count
    refused_bytes: PositiveCount | None = None
    reason: str = ""


Turn = EnqueueTurn | DrainTurn | LatencyTurn | WakeupTurn | FirstPublishTurn | PhaseTurn | CostTurn | PayloadLimitTurn


class Block(Record):
    """Every subject at most once, in the order in which they had their turns."""

    number: Count
    generation: Count = 0
    """Blocks of one generation were measured in the same processes; those of the next one in fresh ones."""
    metric: Metric
    at: Place = {}
    at_s: Number = 0.0
    """When it began, in seconds since the comparison was asked for."""
    warmup: bool
    """A block before the measurement proper: kept, marked, and part of no figure."""
    turns: Few[Turn]
