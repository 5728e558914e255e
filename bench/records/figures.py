"""Figures: what a result's blocks show, with intervals. All are derived from the blocks, and can be derived again."""

from typing import Literal, Self

from pydantic import model_validator

from bench.records.bounds import Count, Few, Name, Number, PositiveCount, PositiveNanoseconds, PositiveNumber, Seconds
from bench.records.strict import Record
from bench.records.turns import HistogramRecord, Layer, MetricName, Place
from bench.stats.intervals import Interval, PairedRatio
from bench.stats.verdicts import Verdict
from brokers.protocol import Tier

__all__ = [
    "Again",
    "Ahead",
    "Capacity",
    "Cost",
    "Crossing",
    "Disturbance",
    "Estimate",
    "PayloadLimit",
    "Percentiles",
    "Phase",
    "PhaseFigure",
    "Ratio",
    "RoundTrips",
    "Row",
    "Scaling",
    "Standing",
]


Ahead = Literal["faster", "slower", "equal", "unclear"]
Phase = Literal["serialise", "publish", "queue wait", "prefetch wait", "run", "acknowledge"]


class Estimate(Record):
    """A figure and its 95 % interval; None if there were too few samples for it."""

    value: Number
    low: Number | None = None
    high: Number | None = None

    @classmethod
    def of(cls, interval: Interval) -> Self:
        """Return the record of an interval."""
        return cls(value=interval.value, low=interval.low, high=interval.high)


class Percentiles(Record):
    """Percentiles of that many samples, in nanoseconds; one with fewer than ten samples beyond it is None."""

    samples: Count
    median_ns: Estimate | None = None
    p95_ns: Estimate | None = None
    p99_ns: Estimate | None = None
    p999_ns: Estimate | None = None


class Ratio(Record):
    """A subject's figure over that of the first subject in its tier, paired by block, with its 95 % interval.

    ``detectable`` is the smallest relative difference that this run could have detected: with it, 80 of 100 such
    runs would distinguish the two. ``verdict`` is what the ratio means, given the result's margin and all its ratios.
    ``needed_s`` is the budget that would probably settle an inconclusive verdict; None if no reasonable one would.
    """

    to: Name
    value: PositiveNumber
    low: Number | None = None
    high: Number | None = None
    detectable: Number | None = None
    blocks: PositiveCount
    generations: PositiveCount = 1
    verdict: Verdict = "inconclusive"
    needed_s: Seconds | None = None

    @classmethod
    def of(cls, ratio: PairedRatio, to: str, blocks: int) -> Self:
        """Return the record of a ratio to that subject, from that many blocks; it has no verdict yet."""
        return cls(
            to=to,
            value=ratio.value,
            low=ratio.low,
            high=ratio.high,
            detectable=ratio.detectable,
            blocks=blocks,
            generations=ratio.generations,
        )


class Disturbance(Record):
    """How many blocks other programs disturbed, of those of which it is known; the warm-up is not counted.

    They are in the figures like all others. ``other_cores`` is the mean number of cores that other programs used during
    the disturbed ones.
    """

    blocks: Count
    disturbed: Count
    other_cores: Number | None = None


class Row(Record):
    """The figures of one subject, or of one of its ceilings, in one metric at one place.

    Percentiles are in nanoseconds: of the call (``enqueue``, ``first-publish``), of the response, from the intended
    time to the task's end (``latency``), or from the call to the task's start (``wakeup``). ``per_second`` counts
    calls, tasks, or the tasks that were sent. A ratio compares medians, or rates of ``throughput``.
    """

    subject: Name
    layer: Layer = "celery"
    tier: Tier
    metric: MetricName
    at: Place = {}
    blocks: Count
    disturbed: Count = 0
    """How many of these blocks other programs disturbed."""
    samples: Count
    per_second: Estimate | None = None
    median_ns: Estimate | None = None
    p95_ns: Estimate | None = None
    p99_ns: Estimate | None = None
    p999_ns: Estimate | None = None
    mean_ns: Estimate | None = None
    """The geometric mean of ``wakeup`` and ``first-publish``, which have few samples, with its t interval."""
    ratio: Ratio | None = None
    share: Estimate | None = None
    """In a ceiling's row: the speed of Celery as a share of this ceiling's, paired by block."""
    apart: dict[str, Percentiles] = {}
    """For a latency: ``start``, ``service``, ``schedule lag`` and ``generator lag``."""
    intended_per_s: Number | None = None
    dropped: Count = 0
    run_ns: Number | None = None
    """Of ``throughput``: how long a task itself ran."""
    limited_by: Few[str] = []
    """What of the user's own limits the figures, or is in them."""
    void: str | None = None
    """Why the figures are void: the intended rate or the distance was not kept, or the generator was late."""
    left_out: Count = 0
    """Turns that were void and are in none of these figures, because at least as many were not."""
    histogram: HistogramRecord | None = None
    """All samples; None if figures come from rates."""
    drift: Few[tuple[Number, Number]] = []
    """(seconds since the start, figure) of at most 40 spells of the run."""

    @model_validator(mode="after")
    def _have_logarithms(self) -> Self:
        for name in ("per_second", "mean_ns", "median_ns"):
            if (figure := getattr(self, name)) and figure.value <= 0:
                raise ValueError(f"{name} of {self.metric} is {figure.value:g}: a compared figure must be above 0")
        return self


class Capacity(Record):
    """The highest rate that one subject sustained.

    At this rate, 99 % of the tasks ended within ``limit_ns``, and the backlog did not grow. ``rate_per_s`` is None if
    no rate passed, down to ``failed_per_s``. ``at_least`` is True if nothing failed except the generator, which cannot
    send faster. ``confirmed`` counts the further trials at the rate that passed.
    """

    subject: Name
    tier: Tier
    at: Place = {}
    limit_ns: PositiveNanoseconds
    rate_per_s: Number | None
    failed_per_s: Number | None = None
    """The lowest rate that failed."""
    at_least: bool = False
    confirmed: Count = 0
    probes: Count = 0
    limited_by: Few[str] = []
    """What of the user's own limits the rate."""
    void: str | None = None
    """Why it is not one at the distance that was asked for; None if it is."""


class Scaling(Record):
    """One subject's throughput by worker concurrency, as the Universal Scalability Law fits it (Gunther 1993).

    It is ``X(N) = per_second * N / (1 + alpha * (N - 1) + beta * N * (N - 1))``: ``alpha`` is contention, ``beta`` is
    coherency. ``peak_concurrency`` is None if the measured range shows no knee: then nothing is claimed beyond it.
    """

    subject: Name
    tier: Tier
    at: Place = {}
    """The rest of the place, if another key is swept, too."""
    per_second: Estimate
    alpha: Estimate
    beta: Estimate
    peak_concurrency: Number | None = None
    why_not: str | None = None


class RoundTrips(Record):
    """One subject's time per operation over the distance: ``fixed_ns + round_trips * rtt``, a line that was fitted.

    The operation is a call, or one task of a drain. ``misses`` is by how much the line misses a measured time at
    most, as a share of it and beyond its own interval; where that is much, the time is not a line, and the two figures
    say little.
    """

    subject: Name
    tier: Tier
    metric: MetricName
    at: Place = {}
    """The rest of the place."""
    nearest_ns: Count
    farthest_ns: Count
    round_trips: Estimate
    fixed_ns: Estimate
    misses: Number
    is_line: bool


class Again(Record):
    """What a second run measured at one distance, in which a crossing was to be confirmed."""

    rtt_ns: Count
    ratio: Ratio


class Standing(Record):
    """What a subject is, compared with another, at one measured distance: its verdict, or void if a figure is."""

    rtt_ns: Count
    ahead: Literal[Ahead, "void"]


class Crossing(Record):
    """Which of two subjects is faster over the measured distances, and where that changes.

    Everything is said of ``subject``. ``near`` and ``far`` are what it is, compared with ``to``, at the smallest and
    at the largest distance without a void figure: by the fit, or else by the verdict there. ``flip_ns`` is where that
    changes, with its 95 % interval; if times are not lines, it is None, and the change is somewhere ``between_ns``.
    ``again`` is what a second run measured there; the flip is ``contradicted`` if that differs. Nothing is claimed
    beyond the measured distances.
    """

    metric: MetricName
    tier: Tier
    at: Place = {}
    """The rest of the place."""
    subject: Name
    to: Name
    nearest_ns: Count
    farthest_ns: Count
    verdict: Literal["flips", "faster", "slower", "equal", "unclear"]
    near: Ahead
    far: Ahead
    is_line: bool
    flip_ns: Estimate | None = None
    between_ns: tuple[Count, Count] | None = None
    measured: Few[Standing] = []
    """What it is at each measured distance, the smallest first; empty in a result of an older version."""
    again: Few[Again] = []
    contradicted: bool = False


class PayloadLimit(Record):
    """The largest payload of one subject, in bytes of the argument, and why one more byte did not arrive."""

    subject: Name
    tier: Tier
    largest_bytes: Count
    refused_bytes: PositiveCount | None = None
    reason: str = ""


class PhaseFigure(Record):
    """One phase of a subject's tasks. Over the phases, ``mean_ns`` adds up; percentiles do not."""

    subject: Name
    tier: Tier
    at: Place = {}
    phase: Phase
    samples: PositiveCount
    negative: Count = 0
    mean_ns: Number
    median_ns: Number
    p95_ns: Number | None = None
    void: str | None = None
    """Why it is not one at the distance that was asked for; None if it is."""


class Cost(Record):
    """What one task costs, on its way into the broker and out of it. None is what could not be read.

    CPU times are in nanoseconds a task, memory in bytes. ``grown`` is the growth of the worker's resident memory over
    100,000 tasks; its interval is the fit's.
    """

    subject: Name
    tier: Tier
    at: Place = {}
    tasks: PositiveCount
    operations: dict[Literal["enqueue", "drain"], dict[str, Number]] = {}
    round_trips: dict[Literal["enqueue", "drain"], Number] = {}
    bytes_to_server: Number | None = None
    bytes_from_server: Number | None = None
    connections_per_1000: dict[Literal["enqueue", "drain"], Number] = {}
    channels_per_1000: dict[Literal["enqueue", "drain"], Number] = {}
    producer_cpu_ns: Estimate | None = None
    worker_cpu_ns: Estimate | None = None
    server_cpu_ns: Estimate | None = None
    waiting_bytes: Number | None = None
    """The server's memory for one waiting task."""
    grown_bytes_per_100k: Estimate | None = None
