"""Ceilings' rows, and Celery's share of them."""

import pytest
from made import (
    drain_blocks,
    enqueue_blocks,
    made_subject,
    row_of,
    summary_of,
)

from bench.records.figures import Row
from bench.records.turns import Block, Key

A: Key = ("a", "celery")
B: Key = ("b", "celery")


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
