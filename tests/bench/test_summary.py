"""Figures from blocks whose truth is known."""

import pytest
from made import (
    drain_blocks,
    enqueue_blocks,
    made_subject,
    row_of,
    rows_of,
    summary_of,
    tally_of,
)

from bench.ab.judge import Finding, Judge
from bench.figures.rows import summarize
from bench.records.turns import Key
from bench.records.workload import Workload
from bench.stats.intervals import PairedRatio

A: Key = ("a", "celery")


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


def test_one_task_is_not_ranked_against_another() -> None:
    tasks = {
        label: Workload(name=label[-3:], task=f"shop.{label[-3:]}") for label in ("a add", "a mul", "b add", "b mul")
    }
    subjects = [made_subject(label).model_copy(update={"workload": task}) for label, task in tasks.items()]
    rows = rows_of(subjects, enqueue_blocks(dict.fromkeys(tasks, 400000.0)))
    assert {label: row.ratio.to for label, row in rows.items() if row.ratio} == {"b add": "a add", "b mul": "a mul"}


def test_a_subject_has_no_row_of_a_metric_that_it_was_not_to_be_measured_in() -> None:
    subjects = [made_subject("a"), made_subject("b").model_copy(update={"metrics": ["throughput"]})]
    assert [row.subject for row in summary_of(subjects, enqueue_blocks({"a": 4e5}))] == ["a"]


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


def test_an_inconclusive_ratio_has_the_budget_that_would_settle_it_and_no_other_has() -> None:
    subjects, tally = [made_subject("a"), made_subject("b")], tally_of(enqueue_blocks({"a": 4e5, "b": 4.08e5}, 24))
    (_, open_row), (_, certain) = (summarize(subjects, tally, 1, margin, budget_s=60) for margin in (0.02, 0.2))
    assert open_row.ratio
    assert certain.ratio
    assert (open_row.ratio.verdict, certain.ratio.verdict) == ("regressed", "equivalent")
    few = tally_of(enqueue_blocks({"a": 4e5, "b": 4e5}, 9, generations=3))
    _, short = summarize(subjects, few, 1, 0.02, budget_s=60)
    assert short.ratio
    assert short.ratio.verdict == "inconclusive"
    assert short.ratio.needed_s is not None
    assert short.ratio.needed_s > 60 * 4 / 3  # from four generations on, luck is not assumed but measured
    assert (open_row.ratio.needed_s, certain.ratio.needed_s) == (None, None)


def test_two_sides_have_the_budget_that_settles_what_ab_asks_about_them() -> None:
    subjects = [made_subject("a"), made_subject("b")]
    few = tally_of(enqueue_blocks({"a": 4e5, "b": 4e5}, 3, generations=1))
    _, row = summarize(subjects, few, 1, 0.05, sides=True, budget_s=60)
    assert row.ratio
    assert row.ratio.low is None  # three blocks have no interval
    assert row.ratio.needed_s == pytest.approx(60 * 3)  # two generations have a verdict, and one more is to spare
    judge = Judge(["enqueue"], 0.05, seed=1)
    assert row.ratio.needed_s == judge.needed_s(Finding("enqueue", ratio=PairedRatio(1.0)), 60)
