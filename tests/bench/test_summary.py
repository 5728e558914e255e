"""Figures from blocks whose truth is known."""

import pytest
from made import (
    drain_blocks,
    enqueue_blocks,
    first_publish_blocks,
    latency_blocks,
    latency_turn,
    made_subject,
    row_of,
    summary_of,
    tally_of,
    wakeup_blocks,
)

from bench.records.figures import Row
from bench.records.provenance import SubjectRecord
from bench.records.turns import Block, Histogram, Key, LatencyTurn
from bench.summary import is_unsent, summarize

A: Key = ("a", "celery")
B: Key = ("b", "celery")


def rows_of(subjects: list[SubjectRecord], blocks: list[Block]) -> dict[str, Row]:
    return {row.subject: row for row in summary_of(subjects, blocks)}


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
    assert rows["b"].ratio.value == pytest.approx(0.25, rel=0.001)


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
    blocks = drain_blocks({"a": 250, "b": 500}, generations=5)
    faster = rows_of([made_subject("a"), made_subject("b")], blocks)["b"].ratio
    assert faster is not None
    assert faster.verdict == "improved"


def test_p99_9_is_shown_from_ten_thousand_samples_on() -> None:
    assert rows_of([made_subject("a")], enqueue_blocks({"a": 4e5}, 499))["a"].p999_ns is None
    assert rows_of([made_subject("a")], enqueue_blocks({"a": 4e5}, 500))["a"].p999_ns is not None


def test_the_same_seed_gives_the_same_intervals() -> None:
    subjects, tally = [made_subject("a")], tally_of(enqueue_blocks({"a": 4e5}))
    assert summarize(subjects, tally, 3, 0.02) == summarize(subjects, tally, 3, 0.02)
    assert summarize(subjects, tally, 3, 0.02) != summarize(subjects, tally, 4, 0.02)


def test_there_is_a_row_for_each_series_and_subject_with_its_place() -> None:
    subjects = [made_subject("a"), made_subject("b")]
    points = [enqueue_blocks({"a": 4e5, "b": 5e5}, at={"concurrency": number}) for number in (1, 2)]
    rows = summary_of(subjects, *points, drain_blocks({"a": 100, "b": 100}))
    assert [(row.metric, row.at, row.subject) for row in rows] == [
        ("enqueue", {"concurrency": 1}, "a"),
        ("enqueue", {"concurrency": 1}, "b"),
        ("enqueue", {"concurrency": 2}, "a"),
        ("enqueue", {"concurrency": 2}, "b"),
        ("throughput", {}, "a"),
        ("throughput", {}, "b"),
    ]


def test_without_blocks_there_are_no_rows() -> None:
    assert summary_of([made_subject("a")], []) == []


def test_a_row_holds_all_samples_and_the_drift_of_the_run() -> None:
    row = rows_of([made_subject("a")], enqueue_blocks({"a": 4e5}, 120))["a"]
    assert row.histogram is not None
    assert row.histogram.counted().total == row.samples == 2400
    assert [at_s for at_s, _ in row.drift] == [3.0 * spell for spell in range(40)]
    assert all(2e5 < figure < 8e5 for _, figure in row.drift)


def test_a_drain_has_a_drift_in_tasks_a_second_and_no_histogram() -> None:
    row = rows_of([made_subject("a")], drain_blocks({"a": 250}))["a"]
    assert row.histogram is None
    assert row.median_ns is None
    assert all(figure == pytest.approx(250, rel=0.03) for _, figure in row.drift)


def test_the_verdicts_of_a_result_are_one_family() -> None:
    """A ratio that is certain by itself is not among twenty others that say nothing."""
    labels = ["a", "b", *(f"equal-{number}" for number in range(20))]
    own_ns = {"a": 4e5, "b": 4.02e5, **dict.fromkeys(labels[2:], 4e5)}
    subjects = [made_subject(label) for label in labels]
    blocks = enqueue_blocks(own_ns, 24)
    among = row_of(summary_of(subjects, blocks, margin=0.0001), "b").ratio
    alone = row_of(summary_of(subjects[:2], blocks, margin=0.0001), "b").ratio
    assert alone is not None
    assert among is not None
    assert (alone.value, alone.low) == (among.value, among.low)
    assert (alone.verdict, among.verdict) == ("regressed", "inconclusive")


# Latency


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
    assert void == "98 of 100 tasks a second were sent: less than 99 %"
    assert row_of(summary_of([made_subject("a")], latency_blocks({"a": 4e6}, achieved=0.995)), "a").void is None


def test_a_latency_is_void_where_the_generator_was_late_by_more_than_5_percent_of_it() -> None:
    void = row_of(summary_of([made_subject("a")], latency_blocks({"a": 4e6}, lag_ns=4e5)), "a").void
    assert void == "the generator's lag is 10% of the latency, both at p99: more than 5 %"
    assert row_of(summary_of([made_subject("a")], latency_blocks({"a": 4e6}, lag_ns=1e5)), "a").void is None


def test_the_lag_of_the_schedule_voids_nothing_because_it_may_be_the_brokers() -> None:
    late = {"schedule_lag": Histogram.of([4_000_000] * 50)}
    blocks = [
        block.model_copy(update={"turns": [turn.model_copy(update=late) for turn in block.turns]})
        for block in latency_blocks({"a": 4e6})
    ]
    row = row_of(summary_of([made_subject("a")], blocks), "a")
    assert row.apart["schedule lag"].median_ns is not None
    assert row.apart["schedule lag"].median_ns.value == pytest.approx(4e6, rel=0.001)
    assert row.void is None


def test_a_turn_by_itself_says_whether_its_rate_was_sent() -> None:
    assert is_unsent(latency_turn("a", achieved=0.98))
    assert not is_unsent(latency_turn("a", achieved=0.995))


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


# Wake-ups and first publishes


def test_a_wakeup_has_a_geometric_mean_with_its_interval_because_it_has_few_samples() -> None:
    rows = summary_of([made_subject("a")], wakeup_blocks({"a": [1_000_000, 2_000_000, 4_000_000, 2_000_000]}))
    row = row_of(rows, "a", idle_s=0.1)
    assert (row.samples, row.blocks) == (4, 4)
    assert row.mean_ns is not None
    assert row.mean_ns.value == pytest.approx(2e6, rel=0.001)
    assert row.mean_ns.low is not None
    assert row.mean_ns.low < 2e6 < row.mean_ns.high  # type: ignore[operator]
    assert row.median_ns is row.per_second is None


def test_two_wakeups_have_a_mean_and_no_interval() -> None:
    row = row_of(summary_of([made_subject("a")], wakeup_blocks({"a": [1_000_000, 4_000_000]})), "a")
    assert row.mean_ns is not None
    assert row.mean_ns.value == pytest.approx(2e6, rel=0.001)
    assert row.mean_ns.low is row.mean_ns.high is None


def test_wakeups_after_each_idle_time_are_paired_and_judged() -> None:
    own = {"a": [1_000_000 + 1000 * number for number in range(8)], "b": [3_000_000] * 8}
    rows = summary_of(
        [made_subject("a"), made_subject("b")], wakeup_blocks(own), wakeup_blocks({"a": [5_000_000] * 8}, idle_s=5.0)
    )
    ratio = row_of(rows, "b", idle_s=0.1).ratio
    assert ratio is not None
    assert ratio.value == pytest.approx(3, rel=0.01)
    assert ratio.verdict == "regressed"
    late = row_of(rows, "b", idle_s=5.0)
    assert (late.samples, late.blocks, late.ratio, late.mean_ns) == (0, 0, None, None)


def test_wakeups_of_one_generation_are_one_where_there_are_enough_generations() -> None:
    lucks_ns = [1_000_000, 2_000_000, 1_000_000, 2_000_000]
    blocks = [
        block.model_copy(update={"generation": generation})
        for generation, luck_ns in enumerate(lucks_ns)
        for block in wakeup_blocks({"a": [luck_ns] * 25})
    ]
    row = row_of(summary_of([made_subject("a")], blocks), "a")
    assert row.samples == 100
    assert row.mean_ns is not None
    assert row.mean_ns.value == pytest.approx(2**0.5 * 1e6, rel=0.001)
    assert row.mean_ns.high > 2 * row.mean_ns.low  # type: ignore[operator]


def test_first_publishes_of_processes_and_of_threads_are_two_places() -> None:
    rows = summary_of([made_subject("a")], first_publish_blocks([8_000_000] * 5, [2_000_000] * 5))
    assert [row.at for row in rows] == [{"of": "process"}, {"of": "thread"}]
    process, thread = rows
    assert (process.samples, process.blocks) == (5, 5)
    assert (thread.samples, thread.blocks) == (25, 5)
    assert process.mean_ns is not None
    assert thread.mean_ns is not None
    assert process.mean_ns.value == pytest.approx(8e6, rel=0.001)
    assert thread.mean_ns.value == pytest.approx(2e6, rel=0.001)
    assert thread.median_ns is not None


# Ceilings


def ceiling_rows(blocks: list[Block], *labels: str) -> list[Row]:
    return summary_of([made_subject(label) for label in labels or ("a",)], blocks)


def test_the_share_of_a_ceiling_is_celerys_speed_over_the_ceilings_by_times() -> None:
    rows = ceiling_rows(enqueue_blocks({A: 4e5, ("a", "raw"): 1e5, ("a", "kombu"): 2e5}))
    assert [(row.subject, row.layer) for row in rows] == [("a", "celery"), ("a", "kombu"), ("a", "raw")]
    for layer, share in (("raw", 0.25), ("kombu", 0.5)):
        row = row_of(rows, "a", layer)  # type: ignore[arg-type]
        assert row.share is not None
        assert row.share.value == pytest.approx(share, rel=0.01)
        assert row.share.low < row.share.value < row.share.high  # type: ignore[operator]
        assert row.ratio is None
    raw = row_of(rows, "a", "raw")
    assert raw.median_ns is not None
    assert raw.samples == 1200
    assert rows[0].share is None


def test_the_share_of_a_ceiling_is_celerys_speed_over_the_ceilings_by_rates() -> None:
    rows = ceiling_rows(drain_blocks({A: 1000, ("a", "raw"): 4000}))
    raw = row_of(rows, "a", "raw")
    assert raw.share is not None
    assert raw.share.value == pytest.approx(0.25, rel=0.001)
    assert raw.per_second is not None
    assert raw.per_second.value == pytest.approx(4000, rel=0.02)


def test_a_share_is_of_the_blocks_that_have_both() -> None:
    alone = enqueue_blocks({A: 40e5}, 60)
    beside = [block.model_copy(update={"generation": 9}) for block in enqueue_blocks({A: 4e5, ("a", "raw"): 2e5}, 20)]
    row = row_of(ceiling_rows(alone + beside), "a", "raw")
    assert row.share is not None
    assert row.share.value == pytest.approx(0.5, rel=0.01)
    assert row.blocks == 20


def test_each_subject_has_its_own_ceilings_and_celery_on_memory_is_the_ceiling_of_all() -> None:
    own = {A: 4e5, B: 8e5, ("a", "raw"): 1e5, ("b", "raw"): 1e5, ("memory", "memory"): 2e5}
    rows = ceiling_rows(enqueue_blocks(own), "a", "b")
    shares = {(row.subject, row.layer): row.share.value for row in rows if row.share}
    assert shares == pytest.approx(
        {("a", "raw"): 0.25, ("a", "memory"): 0.5, ("b", "raw"): 0.125, ("b", "memory"): 0.25}, rel=0.01
    )


def test_ceilings_take_part_in_no_comparison() -> None:
    own = {("a", "raw"): 1e5, A: 4e5, B: 4e5}
    ratio = row_of(ceiling_rows(enqueue_blocks(own), "a", "b"), "b").ratio
    assert ratio is not None
    assert (ratio.to, ratio.verdict) == ("a", "equivalent")


def test_a_ceiling_without_its_subject_has_no_row() -> None:
    rows = ceiling_rows(enqueue_blocks({("a", "raw"): 1e5, B: 4e5}), "a", "b")
    assert [(row.subject, row.layer, row.blocks) for row in rows] == [("a", "celery", 0), ("b", "celery", 60)]
