"""Latency rows from turns whose truth is known."""

import pytest
from made import (
    enqueue_blocks,
    latency_blocks,
    latency_turn,
    made_subject,
    row_of,
    rows_of,
    summary_of,
)

from bench.metrics.latency import LatencyTurn, is_unsent_turn
from bench.records.turns import Block, HistogramRecord


def test_a_latency_counts_from_the_intended_time_and_its_parts_stand_apart() -> None:
    row = row_of(summary_of([made_subject("a")], latency_blocks({"a": 4e6})), "a")
    assert (row.metric, row.at, row.samples, row.intended_per_s) == ("latency", {"load": 0.5}, 1200, 100.0)
    assert row.median_ns is not None
    assert row.median_ns.value == pytest.approx(4e6, rel=0.01)
    assert row.p99_ns is not None
    assert row.p999_ns is None
    assert row.per_second is not None
    assert row.per_second.value == pytest.approx(100)
    assert set(row.apart) == {"start", "service", "schedule lag", "generator lag"}
    medians = {name: apart.median_ns.value for name, apart in row.apart.items() if apart.median_ns}
    assert medians == pytest.approx(
        {"start": 1e6, "service": 3e6, "schedule lag": 2000, "generator lag": 1000}, rel=0.01
    )
    assert {apart.samples for apart in row.apart.values()} == {1200}
    assert row.void is None
    assert row.dropped == 0


def test_other_metrics_have_nothing_apart() -> None:
    row = rows_of([made_subject("a")], enqueue_blocks({"a": 4e5}))["a"]
    assert (row.apart, row.intended_per_s, row.void) == ({}, None, None)


def test_each_load_has_a_row_of_its_own() -> None:
    subjects = [made_subject("a"), made_subject("b")]
    blocks = [latency_blocks({"a": 4e6 * load, "b": 8e6 * load}, at={"load": load}) for load in (0.25, 0.9)]
    rows = summary_of(subjects, *blocks)
    assert len(rows) == 4
    for load in (0.25, 0.9):
        ratio = row_of(rows, "b", load=load).ratio
        assert ratio is not None
        assert ratio.value == pytest.approx(2, rel=0.01)
        assert ratio.verdict == "regressed"


def test_a_latency_is_void_where_less_than_99_percent_of_the_rate_was_sent() -> None:
    void = row_of(summary_of([made_subject("a")], latency_blocks({"a": 4e6}, achieved=0.98)), "a").void
    assert void == "only 98 of 100 tasks a second were sent: less than 99 %"
    assert row_of(summary_of([made_subject("a")], latency_blocks({"a": 4e6}, achieved=0.995)), "a").void is None


def test_a_latency_is_void_where_the_generator_was_late_by_more_than_5_percent_of_it() -> None:
    void = row_of(summary_of([made_subject("a")], latency_blocks({"a": 4e6}, lag_ns=4e5)), "a").void
    assert void == "the generator's lag is 10% of the latency, both at p99: more than 5 %"
    assert row_of(summary_of([made_subject("a")], latency_blocks({"a": 4e6}, lag_ns=1e5)), "a").void is None


def test_the_lag_of_the_schedule_voids_nothing_because_it_may_be_the_brokers() -> None:
    late = {"schedule_lag": HistogramRecord.of([4_000_000] * 50)}
    blocks = [
        block.model_copy(update={"turns": [turn.model_copy(update=late) for turn in block.turns]})
        for block in latency_blocks({"a": 4e6})
    ]
    row = row_of(summary_of([made_subject("a")], blocks), "a")
    assert row.apart["schedule lag"].median_ns is not None
    assert row.apart["schedule lag"].median_ns.value == pytest.approx(4e6, rel=0.001)
    assert row.void is None


def test_a_turn_by_itself_says_whether_its_rate_was_sent() -> None:
    assert is_unsent_turn(latency_turn("a", achieved=0.98))
    assert not is_unsent_turn(latency_turn("a", achieved=0.995))


def test_all_turns_together_decide_whether_a_rate_was_sent() -> None:
    good, bad = latency_blocks({"a": 4e6}, 22), latency_blocks({"a": 4e6}, 2, achieved=0.9)
    assert row_of(summary_of([made_subject("a")], bad), "a").void is not None
    assert row_of(summary_of([made_subject("a")], good, bad), "a").void is None


def test_what_was_dropped_is_counted() -> None:
    blocks = latency_blocks({"a": 4e6}, blocks=10, dropped=3)
    assert row_of(summary_of([made_subject("a")], blocks), "a").dropped == 30


def verdict_where(void: str) -> str:
    """Judge two latencies that differ by far, of which one is void."""
    turns: dict[str, dict[str, float]] = {"a": {"response_ns": 4e6}, "b": {"response_ns": 8e6}}
    turns[void]["achieved"] = 0.5
    blocks = [
        Block(
            number=number,
            generation=number // 4,
            metric="latency",
            at={"load": 0.5},
            warmup=False,
            turns=[made_latency_turn(label, number, own) for label, own in turns.items()],
        )
        for number in range(24)
    ]
    row = row_of(summary_of([made_subject("a"), made_subject("b")], blocks), "b")
    assert row.ratio is not None
    assert row.ratio.value == pytest.approx(2, rel=0.02)
    return row.ratio.verdict


def made_latency_turn(label: str, number: int, own: dict[str, float]) -> LatencyTurn:
    return latency_turn(label, own["response_ns"] * (1 + number % 3 / 1000), achieved=own.get("achieved", 1.0))


@pytest.mark.parametrize("void", ["a", "b"])
def test_a_void_latency_is_not_judged_nor_is_another_by_it(void: str) -> None:
    assert verdict_where(void) == "inconclusive"
