"""Writes histograms as an HdrHistogram interval log, a text format with its own viewers and libraries.

The format is that of ``HistogramLogReader.java``, version 1.2 with tags, and V2 compressed histograms. Its buckets are
the same as those of ``Histogram``, so every count stays in its bucket.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bench.records.figures import Row
from bench.records.result import Result
from bench.report.hdr_encoding import encoded_histogram, highest_of_bucket
from bench.stats.histogram import Histogram

__all__ = ["HdrInterval", "hdr_interval_log", "hdr_intervals"]


@dataclass(frozen=True)
class HdrInterval:
    """The histogram of a part of a run, and when it was: in seconds since the start of the run.

    A tag with commas or white space raises ValueError because the format does not allow them; a negative time raises it
    because readers skip such lines silently.
    """

    tag: str
    start_s: float
    length_s: float
    histogram: Histogram

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[^,\s]+", self.tag):
            raise ValueError(f"{self.tag!r} is not a tag of an interval log: remove commas and white space")
        if not (self.start_s >= 0 and self.length_s >= 0):
            raise ValueError(f"an interval from {self.start_s} s, {self.length_s} s long: neither can be negative")


def hdr_intervals(result: Result) -> list[HdrInterval]:
    """Return an interval over the whole run for each row with a histogram, tagged ``latency/redis/load=0.5``."""
    return [
        HdrInterval(_tag(row), 0.0, result.duration_s, row.histogram.counted())
        for row in result.summary
        if row.histogram
    ]


def _tag(row: Row) -> str:
    layer = [] if row.layer == "celery" else [row.layer]
    place = [f"{name}={value}" for name, value in row.at.items()]
    return re.sub(r"[,\s]+", "_", "/".join([row.metric, row.subject, *layer, *place]))


def hdr_interval_log(intervals: Sequence[HdrInterval], started_at: datetime) -> str:
    """Return the text of a log of these intervals, sorted by start; values are nanoseconds.

    A histogram of this format cannot hold negative values: a comment before its line says how many there were. Raises
    ValueError if ``started_at`` has no time zone.
    """
    if started_at.tzinfo is None:
        raise ValueError(f"{started_at} has no time zone: use a time with one")
    highest_ns = max((int(value) for one in intervals for value in one.histogram.values_ns[-1:]), default=0)
    rising = sorted(intervals, key=lambda one: one.start_s)
    lines = [*_head(started_at), *(line for one in rising for line in _lines(one, max(2, highest_ns)))]
    return "\n".join(lines) + "\n"


def _head(started_at: datetime) -> Iterator[str]:
    yield "#Written by brokerbench. Values and Interval_Max are nanoseconds, accurate to 3 digits."
    yield "#[Histogram log format version 1.2]"
    yield f"#[StartTime: {started_at.timestamp():.3f} (seconds since epoch), {started_at.isoformat()}]"
    yield f"#[BaseTime: {started_at.timestamp():f} (seconds since epoch)]"
    yield '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'


def _lines(interval: HdrInterval, highest_ns: int) -> Iterator[str]:
    """Yield the interval's line. All histograms of a log have the same range, so that a reader can add them."""
    samples = list(zip(interval.histogram.values_ns.tolist(), interval.histogram.counts.tolist(), strict=True))
    negative = [(value_ns, count) for value_ns, count in samples if value_ns < 0]
    if negative:
        total = sum(count for _, count in negative)
        yield (
            f"#{total} samples of Tag={interval.tag} at {interval.start_s:f} s were below 0"
            f" (the lowest: {negative[0][0]} ns) and cannot be in its histogram."
        )
    kept = samples[len(negative) :]
    largest_ns = highest_of_bucket(kept[-1][0]) if kept else 0
    histogram = encoded_histogram(kept, highest_ns)
    yield f"Tag={interval.tag},{interval.start_s:f},{interval.length_s:f},{largest_ns:f},{histogram}"
