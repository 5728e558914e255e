"""Derives the rows of a result's summary from its blocks."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from bench.records.result import Block, DrainTurn, EnqueueTurn, Estimate, Metric, Ratio, Row, SubjectRecord
from bench.stats.intervals import Interval, paired_ratio, quantile, rate

__all__ = ["summarize"]


def summarize(
    subjects: Iterable[SubjectRecord], metrics: Iterable[Metric], blocks: Iterable[Block], seed: int
) -> list[Row]:
    """Give a row for each metric and subject, in this order.

    Ratios are to the first subject of the same tier whose server is of the same kind: an emulator is not ranked
    against servers.
    """
    subjects, rows = list(subjects), []
    counted = [block for block in blocks if not block.warmup]
    for metric in metrics:
        turns = [{turn.subject: turn for turn in block.turns} for block in counted if block.metric == metric]
        measured = {label for block in turns for label in block}
        first: dict[tuple[str, bool], str] = {}
        for subject in subjects:
            kind = (subject.tier, bool(subject.server and subject.server.emulator))
            if subject.label in measured:
                first.setdefault(kind, subject.label)
            reference = first.get(kind, subject.label)
            rows.append(_row(subject, metric, turns, reference, np.random.default_rng(seed)))
    return rows


def _row(
    subject: SubjectRecord,
    metric: Metric,
    blocks: list[dict[str, EnqueueTurn | DrainTurn]],
    reference: str,
    rng: np.random.Generator,
) -> Row:
    own = [block[subject.label] for block in blocks if subject.label in block]
    figures = _enqueue(own, rng) if metric == "enqueue" else _throughput(own, rng)
    ratio = None if subject.label == reference else _ratio(subject.label, reference, blocks)
    return Row(subject=subject.label, tier=subject.tier, metric=metric, blocks=len(own), ratio=ratio, **figures)


def _enqueue(turns: list[EnqueueTurn | DrainTurn], rng: np.random.Generator) -> dict[str, Any]:
    samples = [turn.samples_ns for turn in turns if isinstance(turn, EnqueueTurn)]
    return {
        "samples": sum(map(len, samples)),
        "per_second": _estimate(rate([len(block) for block in samples], [sum(block) for block in samples], rng)),
        "median_ns": _estimate(quantile(samples, 0.5, rng)),
        "p95_ns": _estimate(quantile(samples, 0.95, rng)),
        "p99_ns": _estimate(quantile(samples, 0.99, rng)),
    }


def _throughput(turns: list[EnqueueTurn | DrainTurn], rng: np.random.Generator) -> dict[str, Any]:
    drains = [turn for turn in turns if isinstance(turn, DrainTurn)]
    tasks = [turn.tasks for turn in drains]
    return {
        "samples": sum(tasks),
        "per_second": _estimate(rate(tasks, [turn.duration_ns for turn in drains], rng)),
    }


def _estimate(interval: Interval | None) -> Estimate | None:
    if interval is None:
        return None
    return Estimate(value=interval.value, low=interval.low, high=interval.high)


def _ratio(label: str, reference: str, blocks: list[dict[str, EnqueueTurn | DrainTurn]]) -> Ratio | None:
    """Pair the two within each block that has both."""
    pairs = [
        (_figure(block[label]), _figure(block[reference])) for block in blocks if {label, reference} <= block.keys()
    ]
    if not pairs:
        return None
    ratio = paired_ratio([own for own, _ in pairs], [other for _, other in pairs])
    return Ratio(
        to=reference,
        value=ratio.value,
        low=ratio.low,
        high=ratio.high,
        detectable=ratio.detectable,
        blocks=len(pairs),
    )


def _figure(turn: EnqueueTurn | DrainTurn) -> float:
    """Give a turn's one figure: its median call in nanoseconds, or its tasks a second."""
    if isinstance(turn, EnqueueTurn):
        return float(np.median(turn.samples_ns))
    return turn.tasks / turn.duration_ns * 1e9
