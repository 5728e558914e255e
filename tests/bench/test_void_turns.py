"""Latencies with turns that were void and were taken again."""

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
