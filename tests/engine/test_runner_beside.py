"""What is measured beside the subjects: their ceilings, and what is metered."""

from itertools import groupby

import pytest
from fakes import SWEEP, Clock, FakeMetered, FakeRunning, run

from bench.records.turns import Block


def whole_cast(clock: Clock) -> list[FakeRunning]:
    return [
        FakeRunning("a", clock),
        FakeRunning("b", clock),
        FakeRunning("a", clock, layer="raw"),
        FakeRunning("b", clock, layer="raw"),
        FakeMetered("a", clock, layer="metered"),
        FakeMetered("b", clock, layer="metered"),
    ]


EVERYTHING: list[str] = ["enqueue", "throughput", "cost", "phases"]


def test_ceilings_and_then_what_is_metered_come_after_all_else_in_generations_of_their_own(clock: Clock) -> None:
    _, blocks = run(clock, *whole_cast(clock), metrics=EVERYTHING, deadline_s=400)
    legs = [{leg_of(block) for block in own} for _, own in groupby(blocks, lambda block: block.generation)]
    assert legs[-2:] == [{"ceilings"}, {"metered"}]
    assert len(legs) > 5
    assert all(leg == {"subjects"} for leg in legs[:-2])


def leg_of(block: Block) -> str:
    if block.metric in ("cost", "phases"):
        return "metered"
    return "ceilings" if any(getattr(turn, "layer", "celery") == "raw" for turn in block.turns) else "subjects"


def test_ceilings_are_paired_with_their_subjects_in_every_block(clock: Clock) -> None:
    _, blocks = run(clock, *whole_cast(clock)[:4], deadline_s=400)
    beside = [block for block in blocks if leg_of(block) == "ceilings"]
    assert {block.metric for block in beside} == {"enqueue", "throughput"}
    assert any(not block.warmup for block in beside)
    for block in beside:
        assert sorted((turn.subject, turn.layer) for turn in block.turns) == [  # type: ignore[union-attr]
            ("a", "celery"),
            ("a", "raw"),
            ("b", "celery"),
            ("b", "raw"),
        ]


def test_both_metrics_of_ceilings_have_blocks_whichever_was_ahead_before(clock: Clock) -> None:
    cast = [FakeRunning("a", clock, per_second=10), FakeRunning("a", clock, layer="raw", per_second=20)]
    _, blocks = run(clock, *cast, deadline_s=300, drain_s=10)  # so long a drain seldom fits, and calls use its time
    beside = [block.metric for block in blocks if leg_of(block) == "ceilings" and not block.warmup]
    assert set(beside) == {"enqueue", "throughput"}


def test_what_comes_last_has_the_time_that_was_kept_for_it(clock: Clock) -> None:
    _, blocks = run(clock, *whole_cast(clock), metrics=EVERYTHING, deadline_s=1000)
    begun = {leg: min(block.at_s for block in blocks if leg_of(block) == leg) for leg in ("ceilings", "metered")}
    kept_s = 0.1 * 998 + 2 * 2.0  # a tenth of what was left, and twice what it took to start the subjects
    assert begun["ceilings"] == pytest.approx(1000 - 2 * kept_s, abs=10)
    assert begun["metered"] == pytest.approx(1000 - kept_s, abs=10)
    assert 970 <= clock.now_s <= 1000


def test_without_ceilings_and_meters_no_time_is_kept(clock: Clock) -> None:
    _, blocks = run(clock, FakeRunning("a", clock), deadline_s=400)
    assert {leg_of(block) for block in blocks} == {"subjects"}
    assert max(block.at_s for block in blocks) > 380


def test_in_a_sweep_ceilings_and_meters_are_at_every_point(clock: Clock) -> None:
    _, blocks = run(clock, *whole_cast(clock), metrics=EVERYTHING, points=SWEEP, deadline_s=2000)
    for leg in ("ceilings", "metered"):
        assert {block.at["concurrency"] for block in blocks if leg_of(block) == leg} == {1, 2, 3}


def test_metered_tasks_take_a_second_or_two_and_phases_are_taken_at_half_the_load(clock: Clock) -> None:
    fast, slow, metered = FakeRunning("a", clock), FakeRunning("b", clock, per_second=5), FakeMetered("a", clock)
    metered.layer = "metered"
    other = FakeMetered("b", clock, layer="metered", per_second=5)
    run(clock, fast, slow, metered, other, metrics=EVERYTHING, deadline_s=1000)
    (warmup, _), *others = metered.metered
    assert warmup == 5
    assert {tasks for tasks, _ in others} == {500}
    assert sorted({rate for _, rate in metered.metered}) == pytest.approx([0, 500])
    assert {tasks for tasks, _ in other.metered} == {5, 8}


def test_a_ceiling_that_fails_leaves_its_subject_as_it_is(clock: Clock) -> None:
    subject, ceiling = FakeRunning("a", clock), FakeRunning("a", clock, layer="raw", fails_at=0)
    runner, blocks = run(clock, subject, ceiling, deadline_s=200)
    assert runner.partial_failures() == [(("a", "raw"), "", "the server is gone")]
    assert blocks[-1].turns[0].subject == "a"
    assert clock.now_s > 180


def test_a_subject_that_failed_has_no_turns_beside_its_ceiling(clock: Clock) -> None:
    subject, other = FakeRunning("a", clock, fails_at=6), FakeRunning("b", clock)
    _, blocks = run(clock, subject, other, FakeRunning("a", clock, layer="raw"), deadline_s=200)
    beside = [block for block in blocks if leg_of(block) == "ceilings"]
    assert {(turn.subject, turn.layer) for block in beside for turn in block.turns} == {("b", "celery"), ("a", "raw")}  # type: ignore[union-attr]
