"""What ``brokerbench history --json`` prints: every figure over time, its breaks and its changes of level."""

from typing import Literal, Self

from bench.gate.history import History, Track
from bench.records.bounds import Count, Name, PositiveNumber, Rows, When
from bench.records.figures import Estimate
from bench.records.strict import Record
from bench.records.turns import MetricName, Place

__all__ = ["HistoryBreak", "HistoryChange", "HistoryDocument", "HistoryMoment", "HistoryTrack"]


class HistoryMoment(Record):
    """One result's figure: nanoseconds, or events a second, as the metric has it."""

    started_at: When
    figure: Estimate


class HistoryBreak(Record):
    """From moment ``number`` on, counted from 0, figures are not compared with earlier ones."""

    number: Count
    why: str


class HistoryChange(Record):
    """From moment ``number`` on, counted from 0, the level is ``ratio`` times the one before."""

    number: Count
    ratio: PositiveNumber
    worse: bool


class HistoryTrack(Record):
    """One figure over time. It takes ``missing`` more results until changes can be found in its newest stretch."""

    subject: Name
    metric: MetricName
    at: Place
    workload: Name
    moments: Rows[HistoryMoment]
    breaks: Rows[HistoryBreak]
    changes: Rows[HistoryChange]
    missing: Count

    @classmethod
    def of(cls, track: Track) -> Self:
        """Return the document of a track."""
        return cls(
            subject=track.benchmark.subject,
            metric=track.benchmark.metric,
            at=track.benchmark.at,
            workload=track.workload,
            moments=[HistoryMoment(started_at=one.started_at, figure=one.estimate) for one in track.moments],
            breaks=[HistoryBreak(number=one.number, why=one.why) for one in track.breaks],
            changes=[HistoryChange(number=one.number, ratio=one.ratio, worse=one.worse) for one in track.changes],
            missing=track.missing,
        )


class HistoryDocument(Record):
    """All figures of all results below a folder, and why some were left out."""

    version: Literal[1] = 1
    kind: Literal["history"] = "history"
    results: Count
    tracks: Rows[HistoryTrack]
    left_out: Rows[str]

    @classmethod
    def of(cls, history: History) -> Self:
        """Return the document of a history."""
        tracks = [HistoryTrack.of(track) for track in history.tracks]
        return cls(results=history.results, tracks=tracks, left_out=history.left_out)
