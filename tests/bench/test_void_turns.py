"""Latencies with turns that were void and were taken again."""

import pytest
from made import latency_turn, made_subject, summary_of

from bench.metrics.latency import LatencyTurn, OpenLoop
from bench.records.turns import Block


def block_of(*turns: LatencyTurn) -> Block:
    return Block(number=0, metric="latency", at={"load": 0.5}, warmup=False, other_cores=1.0, turns=list(turns))


def void_try(rate_per_s: float = 100.0, **changes: float) -> OpenLoop:
    made = dict(latency_turn("a", rate_per_s=rate_per_s, **changes))
    return OpenLoop(**{name: made[name] for name in OpenLoop.model_fields})


def test_void_tries_are_in_no_figure() -> None:
    good = latency_turn("a").model_copy(update={"void": [void_try(lag_ns=400_000)]})
    (row,) = summary_of([made_subject("a")], [block_of(good)])
    assert (row.void, row.samples) == (None, good.response.counted().total)


def test_a_lower_load_is_named_and_the_one_that_could_not_be_sent_is_void() -> None:
    lowered = latency_turn("a").model_copy(update={"load": 0.4, "void": [void_try(125.0, achieved=0.9)]})
    rows = summary_of([made_subject("a"), made_subject("b")], [block_of(lowered, latency_turn("b"))])
    found = {(row.subject, row.at["load"]): (row.void is None, row.disturbed) for row in rows}
    assert found == {("a", 0.4): (True, 1), ("a", 0.5): (False, 1), ("b", 0.5): (True, 1)}
    assert all(row.ratio is None for row in rows if row.at["load"] == 0.4)


def blocks_with_void(good: int, void: int) -> list[Block]:
    """Make blocks of two subjects, in some of which the generator was late for the first."""
    late = [latency_turn("a", 40e6, lag_ns=4_000_000)] * void
    turns = zip([*late, *[latency_turn("a")] * good], [latency_turn("b", 8e6)] * (good + void), strict=True)
    pairs = [block_of(*pair) for pair in turns]
    return [block.model_copy(update={"number": number, "generation": number % 4}) for number, block in enumerate(pairs)]


def test_void_turns_are_left_out_if_at_least_as_many_are_not_void() -> None:
    a, b = summary_of([made_subject("a"), made_subject("b")], blocks_with_void(12, 6))
    assert (a.void, a.left_out, a.blocks) == (None, 6, 12)
    assert a.median_ns is not None
    assert a.median_ns.value == pytest.approx(4e6, rel=0.02)
    assert (b.left_out, b.blocks) == (0, 18)
    assert b.ratio is not None
    assert (b.ratio.blocks, b.ratio.value) == (12, pytest.approx(2, rel=0.02))


def test_if_most_turns_are_void_all_are_in_the_figure_which_is_void() -> None:
    a, b = summary_of([made_subject("a"), made_subject("b")], blocks_with_void(6, 12))
    assert a.void is not None
    assert (a.left_out, a.blocks) == (0, 18)
    assert b.ratio is not None
    assert (b.ratio.blocks, b.ratio.verdict) == (18, "inconclusive")
