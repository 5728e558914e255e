"""What is kept of a run, however long it is."""

import math
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import (
    drain_blocks,
    enqueue_blocks,
    first_publish_blocks,
    latency_blocks,
    made_subject,
    tally_of,
    wakeup_blocks,
)

from bench.figures.rows import summarize
from bench.figures.tally import Leg, Tally
from bench.metrics.cost_turn import CostTurn, Spent
from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.latency import LatencyTurn
from bench.records import turns as records
from bench.records.turns import Block, Key, Place, Series
from bench.stats.histogram import Histogram

ENQUEUE = Series("enqueue")
A: Key = ("a", "celery")
B: Key = ("b", "celery")


def only_leg(tally: Tally, series: Series = ENQUEUE) -> Leg:
    (leg,) = tally.legs(series)
    return leg


def calls(number: int, *turns: EnqueueTurn, generation: int = 0, warmup: bool = False) -> Block:
    return Block(number=number, generation=generation, metric="enqueue", warmup=warmup, turns=list(turns))


def turn(label: str, *samples_ns: int) -> EnqueueTurn:
    return EnqueueTurn(subject=label, warmup_ns=[10**9], samples_ns=list(samples_ns))


@settings(deadline=None)  # the first one loads the metrics
@given(st.integers(min_value=1, max_value=400), st.integers(min_value=1, max_value=30))
def test_however_many_turns_there_are_they_are_in_at_most_8_chunks_and_no_sample_is_lost(
    turns: int, calls_each: int
) -> None:
    rng = np.random.default_rng(turns)
    samples = rng.lognormal(13, 0.5, (turns, calls_each)).astype(int)
    tally = tally_of([calls(number, turn("a", *row.tolist())) for number, row in enumerate(samples)])
    chunks = only_leg(tally).chunks(A)
    assert len(chunks) <= 8
    assert sum(chunk.turns for chunk in chunks) == turns
    assert sum(chunk.events for chunk in chunks) == samples.size
    assert sum(chunk.duration_ns for chunk in chunks) == samples.sum()
    assert Histogram.merged(chunk.histogram for chunk in chunks) == Histogram.of(samples.ravel())


def test_chunks_are_of_neighbouring_turns_and_all_but_the_last_hold_equally_many() -> None:
    tally = tally_of([calls(number, turn("a", number + 1)) for number in range(150)])
    chunks = only_leg(tally).chunks(A)
    assert [chunk.turns for chunk in chunks] == [32, 32, 32, 32, 22]
    assert [int(chunk.histogram.values_ns[0]) for chunk in chunks] == [1, 33, 65, 97, 129]


def test_few_turns_are_a_chunk_each() -> None:
    tally = tally_of([calls(number, turn("a", 5, 7)) for number in range(8)])
    assert [chunk.turns for chunk in only_leg(tally).chunks(A)] == [1] * 8


def test_a_histogram_can_be_asked_for_before_and_after_more_turns_came() -> None:
    tally = tally_of([calls(number, turn("a", 5)) for number in range(100)])
    leg = only_leg(tally)
    assert Histogram.merged(chunk.histogram for chunk in leg.chunks(A)) == Histogram.of([5] * 100)
    tally.add(calls(100, turn("a", 9)))
    assert Histogram.merged(chunk.histogram for chunk in leg.chunks(A)) == Histogram.of([5] * 100 + [9])


def test_a_turn_of_very_many_calls_is_one_chunk_as_well() -> None:
    (chunk,) = only_leg(tally_of([calls(0, turn("a", *range(1, 10_001)))])).chunks(A)
    assert chunk.histogram == Histogram.of(range(1, 10_001))


def test_generations_are_legs_in_their_order_and_each_subject_has_its_own_chunks() -> None:
    tally = tally_of(enqueue_blocks({"a": 4e5, "b": 8e5}, 60, generations=6))
    legs = tally.legs(ENQUEUE)
    assert len(legs) == 6
    for leg in legs:
        assert leg.keys == [A, B]
        assert sum(chunk.turns for chunk in leg.chunks(A)) == sum(chunk.turns for chunk in leg.chunks(B)) == 10
        assert leg.chunks(("c", "celery")) == []


def test_blocks_of_the_warm_up_count_for_nothing() -> None:
    tally = tally_of([calls(0, turn("a", 5), warmup=True)])
    assert not tally.series
    assert not tally.blocks


def test_each_turn_has_the_logarithm_of_its_median_call() -> None:
    leg = only_leg(tally_of([calls(0, turn("a", 100, 900, 200)), calls(1, turn("a", 400, 400))]))
    assert leg.logs(A) == pytest.approx([math.log(200), math.log(400)])


def test_each_drain_has_the_logarithm_of_its_tasks_a_second() -> None:
    leg = only_leg(tally_of(drain_blocks({"a": 250}, 3)), Series("throughput"))
    assert leg.logs(A) == pytest.approx([math.log(250)] * 3, abs=0.03)
    assert [chunk.events for chunk in leg.chunks(A)] == [100] * 3


def test_each_drain_has_its_tasks_and_their_time_and_of_very_many_the_means_of_neighbours() -> None:
    blocks = drain_blocks({"a": 250, "b": 500}, 2049)
    leg = only_leg(tally_of(blocks[:2048]), Series("throughput"))
    durations_ns = [[turn.duration_ns for turn in block.turns] for block in blocks]  # type: ignore[attr-defined]
    assert leg.totals(A) == pytest.approx(np.array([[100, own] for own, _ in durations_ns[:2048]]), rel=1e-6)
    leg = only_leg(tally_of(blocks), Series("throughput"))
    means = np.array(durations_ns[:2048])[:, 1].reshape(-1, 2).mean(axis=1)
    assert leg.totals(B)[:1024, 1] == pytest.approx(means, rel=1e-6)
    assert np.isnan(leg.totals(("c", "celery"))).all()


def test_pairs_stay_aligned_where_a_subject_sat_out_a_block() -> None:
    present = ["ab", "a", "b", "ab", "a", "ab", "b"]
    blocks = [
        calls(number, *(turn(label, 100 * (number + 1) + "ab".index(label)) for label in labels))
        for number, labels in enumerate(present)
    ]
    leg = only_leg(tally_of(blocks))
    for key in (A, B):
        logs = leg.logs(key)
        assert len(logs) == len(present)
        known = [number for number, labels in enumerate(present) if key[0] in labels]
        assert np.flatnonzero(~np.isnan(logs)).tolist() == known
        figures = [100 * (number + 1) + "ab".index(key[0]) for number in known]
        assert np.exp(logs[known]) == pytest.approx(figures, rel=1e-5)


def test_of_very_many_blocks_neighbours_have_their_mean_and_pairs_stay_aligned() -> None:
    drift = np.random.default_rng(1).uniform(0.5, 2, 5000)
    blocks = [
        calls(number, turn("a", round(4e5 * one)), turn("b", round(8e5 * one))).model_copy(
            update={"at_s": float(number)}
        )
        for number, one in enumerate(drift)
    ]
    leg = only_leg(tally_of(blocks))
    assert len(leg.at_s) == 5000 / 4
    assert list(leg.at_s[:3]) == [0, 4, 8]
    means = np.log(4e5 * drift).reshape(-1, 4).mean(axis=1)
    assert leg.logs(A) == pytest.approx(means, abs=1e-5)
    assert leg.logs(B) - leg.logs(A) == pytest.approx([math.log(2)] * 1250, abs=1e-5)
    assert sum(chunk.turns for chunk in leg.chunks(A)) == 5000


def test_of_very_many_blocks_the_mean_is_of_those_that_one_had_a_turn_in() -> None:
    blocks = [
        calls(number, *(turn(label, 100 + 100 * (number % 2)) for label in ("ab" if number % 4 < 2 else "a")))
        for number in range(4096)
    ]
    leg = only_leg(tally_of(blocks[:2048]))
    assert np.isnan(leg.logs(B)).tolist() == [False, False, True, True] * 512
    leg = only_leg(tally_of(blocks))
    assert np.isnan(leg.logs(B)).tolist() == [False, True] * 1024
    assert leg.logs(B)[::2] == pytest.approx([(math.log(100) + math.log(200)) / 2] * 1024, abs=1e-5)
    assert leg.logs(A) == pytest.approx([(math.log(100) + math.log(200)) / 2] * 2048, abs=1e-5)


def test_one_that_never_had_a_turn_has_no_figure_in_any_block() -> None:
    leg = only_leg(tally_of(enqueue_blocks({"a": 4e5}, 3, generations=1)))
    assert np.isnan(leg.logs(B)).tolist() == [True] * 3


def test_a_turn_without_samples_is_no_turn() -> None:
    leg = only_leg(tally_of([calls(0, turn("a"), turn("b", 5)), calls(1, turn("a", 7), turn("b", 6))]))
    assert np.isnan(leg.logs(A)).tolist() == [True, False]
    assert np.isnan(leg.logs(B)).tolist() == [False, False]


def test_a_subject_and_its_ceilings_are_kept_apart() -> None:
    leg = only_leg(tally_of(enqueue_blocks({A: 4e5, ("a", "raw"): 1e5}, 8, generations=1)))
    assert leg.keys == [A, ("a", "raw")]
    assert np.exp(leg.logs(A) - leg.logs(("a", "raw"))) == pytest.approx([4] * 8, rel=0.02)


def test_each_place_is_a_series_of_its_own() -> None:
    tally = tally_of(*(latency_blocks({"a": 4e6}, 6, at={"load": load, "concurrency": 2}) for load in (0.25, 0.5)))
    assert [series.at for series in tally.series] == [
        {"load": 0.25, "concurrency": 2},
        {"load": 0.5, "concurrency": 2},
    ]


def test_an_open_loop_is_kept_with_what_stands_apart() -> None:
    blocks = latency_blocks({"a": 4e6}, 150, dropped=1)
    legs = tally_of(blocks).legs(Series("latency", (("load", 0.5),)))
    turns = [one for block in blocks for one in block.turns if isinstance(one, LatencyTurn)]
    chunks = [chunk for leg in legs for chunk in leg.chunks(A)]
    assert Histogram.merged(chunk.histogram for chunk in chunks) == Histogram.merged(
        one.response.counted() for one in turns
    )
    for name in ("start", "service", "schedule_lag", "generator_lag"):
        assert Histogram.merged(chunk.counted(name) for chunk in chunks) == Histogram.merged(
            getattr(one, name).counted() for one in turns
        )
    assert sum(chunk.events for chunk in chunks) == sum(one.sent for one in turns) == 7500
    assert sum(chunk.duration_ns for chunk in chunks) == sum(one.sending_ns for one in turns)
    assert sum(chunk.dropped for chunk in chunks) == 150
    assert all(leg.rates_per_s == {A: 100.0} for leg in legs)


def test_negative_and_very_long_durations_are_kept_as_they_are() -> None:
    odd = Histogram.of([-5, 0, 3, 10**15])
    turns = [one for block in latency_blocks({"a": 4e6}, 9) for one in block.turns]
    odd_turns = [one.model_copy(update={"start": records.HistogramRecord.recorded(odd)}) for one in turns]
    place: Place = {"load": 0.5}
    tally = tally_of(
        Block(number=number, metric="latency", at=place, warmup=False, turns=[one])
        for number, one in enumerate(odd_turns)
    )
    chunks = only_leg(tally, Series("latency", tuple(place.items()))).chunks(A)
    assert Histogram.merged(chunk.counted("start") for chunk in chunks) == Histogram.merged([odd] * 9)


def test_a_wakeup_is_one_sample_and_a_first_publish_has_two_places() -> None:
    tally = tally_of(wakeup_blocks({"a": [5_000_000, 6_000_000]}), first_publish_blocks([8_000_000], [1_000_000] * 5))
    assert list(tally.series) == [
        Series("wakeup", (("idle_s", 0.1),)),
        Series("first-publish", (("of", "process"),)),
        Series("first-publish", (("of", "thread"),)),
    ]
    totals = [
        [chunk.histogram.total for chunk in leg.chunks(A)] for series in tally.series for leg in tally.legs(series)
    ]
    assert totals == [[1], [1], [1], [5]]


def test_blocks_of_metrics_without_a_series_are_kept_whole() -> None:
    cost = CostTurn(subject="a", tasks=20, enqueue=Spent(), drain=Spent())
    block = Block(number=0, metric="cost", warmup=False, turns=[cost])
    (found,) = latency_blocks({"a": 4e6}, 1)
    search = found.model_copy(update={"metric": "capacity"})
    tally = tally_of([block, search])
    assert tally.blocks == [block, search]
    assert not tally.series


def measured(samples: int, generations: int) -> Iterator[Block]:
    """Make blocks of two subjects with that many samples in all, as a run does: one after the other."""
    rng = np.random.default_rng(1)
    blocks = samples // 40
    for number in range(blocks):
        turns = [turn(label, *rng.lognormal(13, 0.3, 20).astype(int).tolist()) for label in "ab"]
        yield calls(number, *turns, generation=number * generations // blocks)


def growth_bytes(samples: int) -> tuple[int, int]:
    """Return the bytes held after that many samples, and the most held until then."""
    tracemalloc.start()
    try:
        tally = tally_of(measured(samples, generations=10))
        rows = summarize([made_subject("a"), made_subject("b")], tally, seed=1, margin=0.02)
        assert sum(row.samples for row in rows) == samples
        return tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


@pytest.mark.long
def test_memory_hardly_grows_with_the_samples() -> None:
    growth_bytes(10_000)  # what is imported and kept at the first time is no growth
    (few, few_peak), (many, many_peak) = growth_bytes(10_000), growth_bytes(1_000_000)
    assert many - few < 5_000_000
    assert many_peak - few_peak < 5_000_000
