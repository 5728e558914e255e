from collections import Counter

import pytest
from fakes import Clock, FakeRunning, Told, make_stage
from taking import drain, enqueue

from bench.metrics.enqueue import EnqueueTurn
from bench.processes.errors import SubjectFailed
from bench.records.turns import Block, Series, Turn
from bench.records.workload import Workload

ENQUEUE = Series("enqueue")


def take(running: FakeRunning) -> Turn:
    return enqueue(running)


def subjects(block: Block | None) -> list[str]:
    assert block is not None
    return [turn.subject for turn in block.turns]


def test_every_one_that_is_due_has_a_turn_in_orders_that_differ(clock: Clock) -> None:
    stage, blocks = make_stage(clock, *(FakeRunning(label, clock) for label in "abc"))
    for _ in range(60):
        stage.block(ENQUEUE, take)
    orders = {tuple(subjects(block)) for block in blocks}
    assert all(sorted(order) == ["a", "b", "c"] for order in orders)
    assert len(orders) == 6


def test_a_block_says_where_it_stands_and_when_it_began(clock: Clock) -> None:
    stage, blocks = make_stage(clock, FakeRunning("a", clock))
    stage.at, stage.generation = {"concurrency": 4}, 3
    clock.sleep(12.3456)
    stage.block(Series("latency", (("load", 0.5),)), take)
    stage.block(ENQUEUE, take, warmup=True)
    first, second = blocks
    assert (first.number, first.generation, first.metric, first.warmup) == (0, 3, "latency", False)
    assert (first.at, first.at_s) == ({"concurrency": 4, "load": 0.5}, 12.346)
    assert (second.number, second.at, second.warmup) == (1, {"concurrency": 4}, True)


def test_only_those_that_measure_a_metric_have_turns_of_it(clock: Clock) -> None:
    stage, _ = make_stage(clock, FakeRunning("a", clock), FakeRunning("b", clock, metrics=("throughput",)))
    assert subjects(stage.block(ENQUEUE, take)) == ["a"]
    assert stage.left(Series("throughput")) == [("a", "celery"), ("b", "celery")]


def test_where_nobody_has_a_turn_there_is_no_block(clock: Clock) -> None:
    stage, blocks = make_stage(clock, FakeRunning("a", clock, metrics=("throughput",)))
    assert stage.block(ENQUEUE, take) is None
    stage, blocks = make_stage(clock, FakeRunning("a", clock, fails_at=0))
    assert stage.block(ENQUEUE, take) is None
    assert not blocks


def test_those_that_are_not_present_have_no_turns(clock: Clock) -> None:
    subject, ceiling = FakeRunning("a", clock), FakeRunning("a", clock, layer="raw")
    stage, _ = make_stage(clock, subject, ceiling)
    stage.present = [subject.key]
    stage.block(ENQUEUE, take)
    assert (subject.turns, ceiling.turns) == (["enqueue"], [])


def test_a_subject_and_its_ceiling_are_two(clock: Clock) -> None:
    stage, _ = make_stage(clock, FakeRunning("a", clock), FakeRunning("a", clock, layer="raw", fails_at=0))
    block = stage.block(ENQUEUE, take)
    assert block is not None
    assert [turn.layer for turn in block.turns if isinstance(turn, EnqueueTurn)] == ["celery"]
    assert stage.failures == {(("a", "raw"), 0): "the server is gone"}
    assert isinstance(stage.observer, Told)
    assert stage.observer.failures == [("a (raw)", "the server is gone")]


def test_one_that_fails_is_left_out_and_the_turns_of_the_others_are_kept(clock: Clock) -> None:
    stage, blocks = make_stage(clock, FakeRunning("a", clock, fails_at=2), FakeRunning("b", clock))
    for _ in range(4):
        stage.block(ENQUEUE, take)
    assert [sorted(subjects(block)) for block in blocks] == [["a", "b"], ["a", "b"], ["b"], ["b"]]


def test_what_failed_at_one_point_of_a_sweep_has_turns_at_the_others(clock: Clock) -> None:
    heavy = FakeRunning("a", clock, fails_where=lambda workload: workload.payload_bytes > 1000)
    stage, _ = make_stage(clock, heavy, FakeRunning("b", clock))
    found = []
    for point, payload_bytes in enumerate((10, 2000, 20, 3000)):
        stage.point = point
        for running in stage.running.values():
            running.use(Workload(name="x", payload_bytes=payload_bytes))
        stage.block(ENQUEUE, take)
        found.append([label for label, _ in stage.left(ENQUEUE)])
    assert found == [["a", "b"], ["b"], ["a", "b"], ["b"]]
    assert {point for _, point in stage.failures} == {1, 3}
    stage.point = 1
    assert [label for label, _ in stage.alive()] == ["b"]


def test_a_step_is_taken_with_everyone_also_where_one_fails(clock: Clock) -> None:
    class Lame(FakeRunning):
        def start(self) -> None:
            raise SubjectFailed("its worker ended")

    one, other = Lame("a", clock), FakeRunning("b", clock)
    stage, _ = make_stage(clock, one, other)
    stage.each(stage.alive(), lambda running: running.start())
    assert other.lives == ["start"]
    assert stage.failures == {(one.key, 0): "its worker ended"}


def test_a_mistake_of_ours_is_no_failure_of_a_subject(clock: Clock) -> None:
    stage, _ = make_stage(clock, FakeRunning("a", clock))
    with pytest.raises(ZeroDivisionError):
        stage.block(ENQUEUE, lambda running: 1 / 0)  # type: ignore[arg-type, return-value]
    assert not stage.failures


def turns_each(clock: Clock, *cast: FakeRunning, blocks: int = 100) -> Counter[str]:
    stage, kept = make_stage(clock, *cast)
    for _ in range(blocks):
        stage.block(ENQUEUE, take)
    return Counter(label for block in kept for label in subjects(block))


def test_one_far_slower_than_the_others_sits_out_blocks(clock: Clock) -> None:
    slow = FakeRunning("slow", clock, turn_s=5.0)
    found = turns_each(clock, FakeRunning("a", clock), FakeRunning("b", clock), slow)
    assert found["a"] == found["b"] == 100
    assert 1 <= found["slow"] < 10


def test_of_two_nobody_sits_out(clock: Clock) -> None:
    assert turns_each(clock, FakeRunning("a", clock), FakeRunning("slow", clock, turn_s=5.0)) == {"a": 100, "slow": 100}


def test_of_many_sides_nobody_sits_out_because_each_is_compared_in_every_generation(clock: Clock) -> None:
    stage, kept = make_stage(
        clock, *(FakeRunning(one, clock, turn_s=5.0 if one == "slow" else 0.1) for one in ("a", "b", "slow"))
    )
    stage.sides = True
    for _ in range(20):
        stage.block(ENQUEUE, take)
    assert all(sorted(subjects(block)) == ["a", "b", "slow"] for block in kept)


def test_those_that_are_alike_have_turns_alike(clock: Clock) -> None:
    cast = [FakeRunning(label, clock, turn_s=turn_s) for label, turn_s in (("a", 0.1), ("b", 0.12), ("c", 0.14))]
    assert set(turns_each(clock, *cast).values()) == {100}


def test_the_time_of_one_metric_is_not_held_against_another(clock: Clock) -> None:
    slow = FakeRunning("slow", clock, turn_s=5.0, per_second=1000)
    stage, blocks = make_stage(clock, FakeRunning("a", clock), FakeRunning("b", clock), slow)
    for _ in range(20):
        stage.block(ENQUEUE, take)
        stage.block(Series("throughput"), lambda running: drain(running, 100))
    assert all(len(block.turns) == 3 for block in blocks if block.metric == "throughput")


def test_in_the_warm_up_everybody_has_turns_and_its_time_does_not_count(clock: Clock) -> None:
    cast = [FakeRunning("a", clock), FakeRunning("b", clock), FakeRunning("slow", clock, turn_s=5.0)]
    stage, blocks = make_stage(clock, *cast)
    for _ in range(5):
        stage.block_of(stage.left(ENQUEUE), ENQUEUE, take, warmup=True)
    assert stage.brisk(ENQUEUE) == [("a", "celery"), ("b", "celery")]
    assert stage.least_s(ENQUEUE) == 0
    assert len(subjects(stage.block(ENQUEUE, take))) == 3
    assert all(len(block.turns) == 3 for block in blocks)


def test_a_slow_subject_takes_no_more_time_than_each_of_the_others(clock: Clock) -> None:
    found = turns_each(
        clock, FakeRunning("a", clock), FakeRunning("b", clock), FakeRunning("slow", clock, turn_s=1.0), blocks=200
    )
    assert found == {"a": 200, "b": 200, "slow": 20}


def test_a_slow_subject_sits_out_a_block_that_would_not_fit_with_it(clock: Clock) -> None:
    cast = [FakeRunning("a", clock), FakeRunning("b", clock), FakeRunning("slow", clock, turn_s=1.0)]
    stage, _ = make_stage(clock, *cast)
    stage.block(ENQUEUE, take)
    for _ in range(10):
        assert "slow" not in subjects(stage.block(ENQUEUE, take, within_s=1.1))
    assert stage.least_s(ENQUEUE) == pytest.approx(0.2)
    assert "slow" in subjects(stage.block(ENQUEUE, take, within_s=1.3))


def test_a_subject_and_its_ceilings_sit_out_together(clock: Clock) -> None:
    cast = [FakeRunning(label, clock, layer=layer) for label in "abc" for layer in ("celery", "raw")]
    for one in cast:
        one.turn_s = 5.0 if one.label == "c" else 0.1
    stage, blocks = make_stage(clock, *cast)
    for _ in range(50):
        stage.block(ENQUEUE, take)
    found = Counter(turn.subject for block in blocks for turn in block.turns)
    assert found["a"] == found["b"] == 100
    assert 2 <= found["c"] < 10
    assert all(subjects(block).count(label) in (0, 2) for block in blocks for label in "abc")


def test_a_fast_ceiling_does_not_make_its_subject_sit_out(clock: Clock) -> None:
    cast = [FakeRunning("a", clock, turn_s=1.0), FakeRunning("b", clock, turn_s=1.2)]
    cast += [FakeRunning(label, clock, layer="raw", turn_s=0.01) for label in "ab"]
    stage, blocks = make_stage(clock, *cast)
    for _ in range(20):
        stage.block(ENQUEUE, take)
    assert all(len(block.turns) == 4 for block in blocks)


def test_those_that_come_later_make_nobody_sit_out(clock: Clock) -> None:
    one, other, ceiling = FakeRunning("a", clock), FakeRunning("b", clock), FakeRunning("m", clock, layer="memory")
    stage, _ = make_stage(clock, one, other, ceiling)
    stage.present = [one.key, other.key]
    for _ in range(50):
        stage.block(ENQUEUE, take)
    stage.present = [one.key, other.key, ceiling.key]
    assert sorted(subjects(stage.block(ENQUEUE, take))) == ["a", "b", "m"]
    assert sorted(subjects(stage.block(ENQUEUE, take))) == ["a", "b", "m"]


def test_the_processes_of_those_that_failed_are_ended_too_and_their_first_reason_stays_the_first(clock: Clock) -> None:
    class Sticky(FakeRunning):
        def end(self) -> None:
            super().end()
            raise SubjectFailed("its queue cannot be deleted")

    one, other = Sticky("a", clock, fails_at=0), FakeRunning("b", clock)
    stage, _ = make_stage(clock, one, other)
    stage.block(ENQUEUE, take)
    stage.end_all()
    assert one.lives == other.lives == ["end"]
    assert stage.failures == {(one.key, 0): "the server is gone\nits queue cannot be deleted"}


def test_named_ones_have_turns_whether_or_not_they_are_due(clock: Clock) -> None:
    slow = FakeRunning("slow", clock, turn_s=5.0)
    stage, _ = make_stage(clock, FakeRunning("a", clock), FakeRunning("b", clock), slow)
    for _ in range(3):
        assert subjects(stage.block_of([slow.key], ENQUEUE, take)) == ["slow"]
