"""Rows of wake-ups and first publishes, which have few samples."""

import pytest
from made import (
    first_publish_blocks,
    made_subject,
    row_of,
    summary_of,
    wakeup_blocks,
)


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
