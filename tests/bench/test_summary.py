"""Figures from blocks whose truth is known."""

import random

import pytest

from bench.records.result import Block, DrainTurn, EnqueueTurn, Row, ServerRecord, SubjectRecord
from bench.summary import summarize
from brokers.protocol import Tier


def made_subject(label: str, tier: Tier = "fast", *, emulator: bool = False) -> SubjectRecord:
    server = ServerRecord(software="made up", version="1", private=True, emulator=emulator, settings={})
    return SubjectRecord(label=label, broker=label, profile="default", tier=tier, server=server)


def enqueue_blocks(call_ns: dict[str, float], blocks: int = 60, *, warmup: bool = False) -> list[Block]:
    """Make blocks in which the machine drifts by far more than subjects differ, for all alike."""
    rng = random.Random(1)
    made = []
    for number in range(blocks):
        drift = rng.uniform(0.5, 2)
        turns = [
            EnqueueTurn(
                subject=label,
                warmup_ns=[10**9],
                samples_ns=[round(own_ns * drift * rng.gauss(1, 0.01)) for _ in range(20)],
            )
            for label, own_ns in call_ns.items()
        ]
        made.append(Block(number=number, generation=number * 6 // blocks, metric="enqueue", warmup=warmup, turns=turns))
    return made


def drain_blocks(per_second: dict[str, float], blocks: int = 20) -> list[Block]:
    return [
        Block(
            number=number,
            metric="throughput",
            warmup=False,
            turns=[
                DrainTurn(
                    subject=label,
                    warmup_tasks=4,
                    tasks=100,
                    duration_ns=round(100e9 / own * (1 + number % 3 / 100)),
                    span_ns=round(110e9 / own),
                )
                for label, own in per_second.items()
            ],
        )
        for number in range(blocks)
    ]


def rows_of(subjects: list[SubjectRecord], blocks: list[Block]) -> dict[str, Row]:
    metrics = sorted({block.metric for block in blocks})
    return {row.subject: row for row in summarize(subjects, metrics, blocks, seed=1, margin=0.02)}


def test_a_small_difference_is_seen_through_a_large_drift() -> None:
    subjects = [made_subject("a"), made_subject("b")]
    ratio = rows_of(subjects, enqueue_blocks({"a": 400_000, "b": 412_000}))["b"].ratio
    assert ratio is not None
    assert ratio.value == pytest.approx(1.03, rel=0.005)
    assert ratio.low is not None
    assert ratio.low > 1
    assert ratio.detectable is not None
    assert ratio.detectable < 0.01
    assert (ratio.to, ratio.blocks, ratio.generations, ratio.verdict) == ("a", 60, 6, "regressed")


def test_the_warm_up_is_in_no_figure() -> None:
    blocks = enqueue_blocks({"a": 10**9}, warmup=True) + enqueue_blocks({"a": 400_000})
    row = rows_of([made_subject("a")], blocks)["a"]
    assert (row.blocks, row.samples) == (60, 1200)
    assert row.median_ns is not None
    assert row.median_ns.value < 1_000_000


def test_a_rate_of_tasks_is_tasks_over_time() -> None:
    rows = rows_of([made_subject("a"), made_subject("b")], drain_blocks({"a": 1000, "b": 250}))
    assert rows["b"].per_second is not None
    assert rows["b"].per_second.value == pytest.approx(250, rel=0.02)
    assert rows["b"].ratio is not None
    assert rows["b"].ratio.value == pytest.approx(0.25)


def test_tiers_are_never_compared() -> None:
    subjects = [made_subject("a"), made_subject("safe", "durable"), made_subject("safer", "durable")]
    rows = rows_of(subjects, enqueue_blocks({"a": 4e5, "safe": 8e5, "safer": 9e5}))
    assert rows["a"].ratio is rows["safe"].ratio is None
    assert rows["safer"].ratio is not None
    assert rows["safer"].ratio.to == "safe"


def test_an_emulator_is_not_ranked_against_servers() -> None:
    subjects = [made_subject("a"), made_subject("sqs", emulator=True)]
    assert rows_of(subjects, enqueue_blocks({"a": 4e5, "sqs": 2e6}))["sqs"].ratio is None


def test_when_the_first_subject_failed_the_next_one_is_what_others_are_compared_with() -> None:
    subjects = [made_subject("gone"), made_subject("a"), made_subject("b")]
    rows = rows_of(subjects, enqueue_blocks({"a": 4e5, "b": 8e5}))
    assert rows["gone"].median_ns is None
    assert rows["b"].ratio is not None
    assert rows["b"].ratio.to == "a"


def test_only_blocks_that_have_both_are_paired() -> None:
    both, alone = enqueue_blocks({"a": 4e5, "b": 4e5}, 10), enqueue_blocks({"a": 4e5}, 30)
    row = rows_of([made_subject("a"), made_subject("b")], both + alone)["b"]
    assert row.ratio is not None
    assert row.ratio.blocks == row.blocks == 10


def test_equal_subjects_are_equivalent_and_a_faster_worker_is_an_improvement() -> None:
    equal = rows_of([made_subject("a"), made_subject("b")], enqueue_blocks({"a": 4e5, "b": 4e5}))["b"].ratio
    assert equal is not None
    assert equal.verdict == "equivalent"
    blocks = [
        block.model_copy(update={"generation": block.number // 4}) for block in drain_blocks({"a": 250, "b": 500})
    ]
    faster = rows_of([made_subject("a"), made_subject("b")], blocks)["b"].ratio
    assert faster is not None
    assert faster.verdict == "improved"


def test_p99_9_is_shown_from_ten_thousand_samples_on() -> None:
    assert rows_of([made_subject("a")], enqueue_blocks({"a": 4e5}, 499))["a"].p999_ns is None
    assert rows_of([made_subject("a")], enqueue_blocks({"a": 4e5}, 500))["a"].p999_ns is not None


def test_the_same_seed_gives_the_same_intervals() -> None:
    subjects, blocks = [made_subject("a")], enqueue_blocks({"a": 4e5})
    assert summarize(subjects, ["enqueue"], blocks, 3, 0.02) == summarize(subjects, ["enqueue"], blocks, 3, 0.02)
