"""Derives the rows of a result's summary from its blocks."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import numpy as np

from bench.records.result import Block, DrainTurn, EnqueueTurn, Estimate, Metric, Ratio, Row, SubjectRecord
from bench.stats.intervals import Interval, PairedRatio, paired_ratio, quantile, rate
from bench.stats.verdicts import Better, verdicts

__all__ = ["summarize"]

_Turn = EnqueueTurn | DrainTurn
_Turns = dict[str, _Turn]
_BETTER: dict[Metric, Better] = {"enqueue": "less", "throughput": "more"}
_PERCENTILES = {"median_ns": 0.5, "p95_ns": 0.95, "p99_ns": 0.99, "p999_ns": 0.999}


def summarize(
    subjects: Iterable[SubjectRecord], metrics: Iterable[Metric], blocks: Iterable[Block], seed: int, margin: float
) -> list[Row]:
    """Give a row for each metric and subject, in this order.

    Ratios are to the first subject of the same tier whose server is of the same kind: an emulator is not ranked
    against servers. All ratios of a result are one family: their verdicts hold together.
    """
    subjects = list(subjects)
    rows: list[Row] = []
    counted = [block for block in blocks if not block.warmup]
    ratios: dict[int, PairedRatio] = {}
    for metric in metrics:
        generations = _generations(block for block in counted if block.metric == metric)
        references = _references(subjects, generations)
        for subject in subjects:
            reference, rng = references.get(_kind(subject), subject.label), np.random.default_rng(seed)
            row = _row(subject, metric, generations, rng)
            pairs = _pairs(generations, subject.label, reference) if subject.label != reference else []
            if pairs:
                ratio = paired_ratio([list(map(_log_ratio, blocks)) for blocks in pairs], rng)
                row = row.model_copy(update={"ratio": _ratio(ratio, reference, sum(map(len, pairs)))})
                ratios[len(rows)] = ratio
            rows.append(row)
    return _judged(rows, ratios, margin)


def _kind(subject: SubjectRecord) -> tuple[str, bool]:
    """Tell which subjects may be compared: those of one tier, servers and emulators apart."""
    return subject.tier, bool(subject.server and subject.server.emulator)


def _references(subjects: list[SubjectRecord], generations: list[list[_Turns]]) -> dict[tuple[str, bool], str]:
    """Give the first measured subject of each kind."""
    measured = {label for blocks in generations for block in blocks for label in block}
    return {_kind(subject): subject.label for subject in reversed(subjects) if subject.label in measured}


def _judged(rows: list[Row], ratios: dict[int, PairedRatio], margin: float) -> list[Row]:
    """Put the verdicts into the rows whose places the ratios have."""
    judged = list(rows)
    family = [(ratio, _BETTER[rows[place].metric]) for place, ratio in ratios.items()]
    for place, verdict in zip(ratios, verdicts(family, margin), strict=True):
        row = rows[place]
        if row.ratio:
            judged[place] = row.model_copy(update={"ratio": row.ratio.model_copy(update={"verdict": verdict})})
    return judged


def _generations(blocks: Iterable[Block]) -> list[list[_Turns]]:
    """Give the blocks of each generation, each as its turns by subject."""
    return [
        [{turn.subject: turn for turn in block.turns} for block in together]
        for _, together in groupby(blocks, key=lambda block: block.generation)
    ]


def _pairs(generations: list[list[_Turns]], label: str, reference: str) -> list[list[tuple[_Turn, _Turn]]]:
    """Pair the two within each block that has both."""
    paired = (
        [(block[label], block[reference]) for block in blocks if {label, reference} <= block.keys()]
        for blocks in generations
    )
    return [pairs for pairs in paired if pairs]


def _log_ratio(pair: tuple[_Turn, _Turn]) -> float:
    own, other = map(_figure, pair)
    return float(np.log(own / other))


def _figure(turn: _Turn) -> float:
    """Give a turn's one figure: its median call in nanoseconds, or its tasks a second."""
    if isinstance(turn, EnqueueTurn):
        return float(np.median(turn.samples_ns))
    return turn.tasks / turn.duration_ns * 1e9


def _row(subject: SubjectRecord, metric: Metric, generations: list[list[_Turns]], rng: np.random.Generator) -> Row:
    own = [[block[subject.label] for block in blocks if subject.label in block] for blocks in generations]
    own = [turns for turns in own if turns]
    figures = _enqueue(own, rng) if metric == "enqueue" else _throughput(own, rng)
    return Row(subject=subject.label, tier=subject.tier, metric=metric, blocks=sum(map(len, own)), **figures)


def _enqueue(generations: list[list[_Turn]], rng: np.random.Generator) -> dict[str, Any]:
    samples = [[turn.samples_ns for turn in turns if isinstance(turn, EnqueueTurn)] for turns in generations]
    calls = [[(len(block), sum(block)) for block in blocks] for blocks in samples]
    return {
        "samples": sum(count for blocks in calls for count, _ in blocks),
        "per_second": _estimate(rate(calls, rng)),
        **{name: _estimate(quantile(samples, p, rng)) for name, p in _PERCENTILES.items()},
    }


def _throughput(generations: list[list[_Turn]], rng: np.random.Generator) -> dict[str, Any]:
    drains = [
        [(turn.tasks, turn.duration_ns) for turn in turns if isinstance(turn, DrainTurn)] for turns in generations
    ]
    return {
        "samples": sum(tasks for blocks in drains for tasks, _ in blocks),
        "per_second": _estimate(rate(drains, rng)),
    }


def _estimate(interval: Interval | None) -> Estimate | None:
    if interval is None:
        return None
    return Estimate(value=interval.value, low=interval.low, high=interval.high)


def _ratio(ratio: PairedRatio, reference: str, blocks: int) -> Ratio:
    return Ratio(
        to=reference,
        value=ratio.value,
        low=ratio.low,
        high=ratio.high,
        detectable=ratio.detectable,
        blocks=blocks,
        generations=ratio.generations,
    )
