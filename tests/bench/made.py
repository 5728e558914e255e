"""Subjects and blocks whose truth is known."""

import random
from collections.abc import Iterable, Mapping
from typing import Any

from bench.figures.rows import summarize
from bench.figures.tally import Tally
from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.first_publish import FirstPublishTurn
from bench.metrics.latency import LatencyTurn
from bench.metrics.throughput import DrainTurn
from bench.metrics.wakeup import WakeupTurn
from bench.records.figures import Row
from bench.records.provenance import ServerRecord, SubjectRecord
from bench.records.turns import Block, HistogramRecord, Key, Layer, Place, Turn
from brokers.protocol import Tier

__all__ = [
    "drain_blocks",
    "enqueue_blocks",
    "first_publish_blocks",
    "latency_blocks",
    "latency_turn",
    "made_subject",
    "row_of",
    "rows_of",
    "summary_of",
    "tally_of",
    "wakeup_blocks",
]

_GENERATIONS = 6


def made_subject(label: str, tier: Tier = "fast", *, emulator: bool = False) -> SubjectRecord:
    server = ServerRecord(software="made up", version="1", private=True, emulator=emulator, settings={})
    return SubjectRecord(label=label, broker=label, profile="default", tier=tier, server=server)


def tally_of(*blocks: Iterable[Block]) -> Tally:
    tally = Tally()
    for some in blocks:
        for block in some:
            tally.add(block)
    return tally


def summary_of(subjects: list[SubjectRecord], *blocks: Iterable[Block], margin: float = 0.02) -> list[Row]:
    return summarize(subjects, tally_of(*blocks), seed=1, margin=margin)


def row_of(rows: list[Row], label: str, layer: Layer = "celery", **at: object) -> Row:
    """Return the only row of a subject, or of its ceiling, at that place."""
    (row,) = (row for row in rows if (row.subject, row.layer) == (label, layer) and at.items() <= row.at.items())
    return row


def rows_of(subjects: list[SubjectRecord], blocks: list[Block]) -> dict[str, Row]:
    """Return the rows of one series by subject."""
    return {row.subject: row for row in summary_of(subjects, blocks)}


def _key(key: str | Key) -> Key:
    """Name Celery on a subject by its label alone."""
    return (key, "celery") if isinstance(key, str) else key


def enqueue_blocks(
    call_ns: Mapping[Any, float],
    blocks: int = 60,
    *,
    warmup: bool = False,
    generations: int = _GENERATIONS,
    at: Place | None = None,
) -> list[Block]:
    """Make blocks in which the machine drifts by far more than subjects differ, for all alike."""
    rng = random.Random(1)
    made = []
    for number in range(blocks):
        drift = rng.uniform(0.5, 2)
        turns: list[Turn] = []
        for key, own_ns in call_ns.items():
            label, layer = _key(key)
            samples_ns = [round(own_ns * drift * rng.gauss(1, 0.01)) for _ in range(20)]
            turns.append(EnqueueTurn(subject=label, layer=layer, warmup_ns=[10**9], samples_ns=samples_ns))
        made.append(
            Block(
                number=number,
                generation=number * generations // blocks,
                metric="enqueue",
                at=at or {},
                at_s=float(number),
                warmup=warmup,
                turns=turns,
            )
        )
    return made


def drain_blocks(
    per_second: Mapping[Any, float],
    blocks: int = 20,
    *,
    generations: int = 1,
    at: Place | None = None,
) -> list[Block]:
    """Make blocks in which drains differ by some per cent, alike for all, and by 0.1 % each."""
    rng = random.Random(3)
    made = []
    for number in range(blocks):
        turns: list[Turn] = []
        for key, own in per_second.items():
            label, layer = _key(key)
            duration_ns = round(100e9 / own * (1 + number % 3 / 100) * rng.gauss(1, 0.001))
            turns.append(
                DrainTurn(
                    subject=label,
                    layer=layer,
                    warmup_tasks=4,
                    tasks=100,
                    duration_ns=duration_ns,
                    span_ns=round(duration_ns * 1.1),
                )
            )
        generation = number * generations // blocks
        made.append(
            Block(number=number, generation=generation, metric="throughput", at=at or {}, warmup=False, turns=turns)
        )
    return made


def latency_turn(
    label: str,
    response_ns: float = 4e6,
    *,
    rate_per_s: float = 100.0,
    tasks: int = 50,
    achieved: float = 1.0,
    lag_ns: float = 1_000,
    dropped: int = 0,
) -> LatencyTurn:
    """Make a turn whose tasks start after a quarter of the response, and run for the rest."""
    rng = random.Random(response_ns)
    responses_ns = [round(response_ns * rng.gauss(1, 0.01)) for _ in range(tasks)]
    return LatencyTurn(
        subject=label,
        rate_per_s=rate_per_s,
        warmup_tasks=0,
        sent=tasks,
        dropped=dropped,
        sending_ns=round(tasks / (rate_per_s * achieved) * 1e9),
        start=HistogramRecord.of([ns // 4 for ns in responses_ns]),
        response=HistogramRecord.of(responses_ns),
        service=HistogramRecord.of([ns - ns // 4 for ns in responses_ns]),
        schedule_lag=HistogramRecord.of([round(lag_ns * 2)] * tasks),
        generator_lag=HistogramRecord.of([round(lag_ns)] * tasks),
        backlog_per_s=(0.0, -1.0, 1.0),
    )


def latency_blocks(
    response_ns: dict[str, float], blocks: int = 24, *, at: Place | None = None, **changes: float
) -> list[Block]:
    """Make blocks of 24 turns of 50 tasks: enough for a p99."""
    rng = random.Random(2)
    made = []
    for number in range(blocks):
        turns: list[Turn] = [
            latency_turn(label, own * rng.gauss(1, 0.001), **changes)  # type: ignore[arg-type]
            for label, own in response_ns.items()
        ]
        generation = number * _GENERATIONS // blocks
        made.append(
            Block(
                number=number,
                generation=generation,
                metric="latency",
                at=at or {"load": 0.5},
                at_s=float(number),
                warmup=False,
                turns=turns,
            )
        )
    return made


def wakeup_blocks(start_ns: dict[str, list[int]], idle_s: float = 0.1) -> list[Block]:
    """Make a block for each of the values, and a generation for each of the blocks."""
    count = max(map(len, start_ns.values()))
    return [
        Block(
            number=number,
            generation=number,
            metric="wakeup",
            at={"idle_s": idle_s},
            warmup=False,
            turns=[
                WakeupTurn(subject=label, start_ns=values[number])
                for label, values in start_ns.items()
                if number < len(values)
            ],
        )
        for number in range(count)
    ]


def first_publish_blocks(process_ns: list[int], threads_ns: list[int]) -> list[Block]:
    """Make a generation for each process, with as many threads as there are."""
    return [
        Block(
            number=number,
            generation=number,
            metric="first-publish",
            warmup=False,
            turns=[FirstPublishTurn(subject="a", process_ns=own, threads_ns=threads_ns)],
        )
        for number, own in enumerate(process_ns)
    ]
