"""Generations of fresh processes, and blocks in each of them until its time is up."""

from collections import Counter
from itertools import groupby

import pytest
from fakes import SWEEP, Clock, FakeRunning, Told, make_stage, run

from bench.engine.plan import Plan, Point
from bench.engine.runner import Runner
from bench.processes.errors import SubjectFailed
from bench.records.turns import Block
from bench.records.workload import Workload


def one_generation(clock: Clock, *cast: FakeRunning, **changes: object) -> tuple[Runner, list[Block]]:
    """Run with processes that start so slowly that they are started once."""
    for one in cast:
        one.start_s = 15 / len(cast)
    return run(clock, *cast, **changes)  # type: ignore[arg-type]


def test_warm_up_is_kept_and_marked(clock: Clock) -> None:
    _, blocks = one_generation(clock, FakeRunning("a", clock))
    assert [block.warmup for block in blocks[:4]] == [True] * 4
    assert not any(block.warmup for block in blocks[4:])
    assert [block.number for block in blocks] == list(range(len(blocks)))


def test_effort_is_read_for_the_turns_that_count_alone(clock: Clock) -> None:
    subject = FakeRunning("a", clock)
    _, blocks = run(clock, subject)
    assert subject.efforts == [block.metric for block in blocks if not block.warmup]


def test_without_time_there_is_a_warm_up_of_one_block_a_metric_and_nothing_else(clock: Clock) -> None:
    _, blocks = run(clock, FakeRunning("a", clock), deadline_s=0)
    assert [(block.metric, block.warmup) for block in blocks] == [("enqueue", True), ("throughput", True)]


def test_a_subject_that_fails_is_left_out_and_the_others_go_on(clock: Clock) -> None:
    runner, blocks = run(clock, FakeRunning("a", clock, fails_at=6), FakeRunning("b", clock))
    assert runner.stage.failures == {(("a", "celery"), 0): "the server is gone"}
    assert [turn.subject for turn in blocks[-1].turns] == ["b"]
    assert len(blocks) > 10


def test_when_every_subject_failed_the_run_ends(clock: Clock) -> None:
    runner, blocks = run(clock, FakeRunning("a", clock, fails_at=5), FakeRunning("b", clock, fails_at=5))
    assert {label for (label, _), _ in runner.stage.failures} == {"a", "b"}
    assert len(blocks) == 5


def test_no_processes_are_started_where_every_subject_failed(clock: Clock) -> None:
    subject = FakeRunning("a", clock, fails_where=lambda workload: workload.concurrency == 2)
    runner, blocks = run(clock, subject, points=SWEEP, deadline_s=600)
    assert subject.lives.count("start") == len({block.generation for block in blocks}) + 1
    everywhere = FakeRunning("a", clock, fails_at=5)
    runner, _ = run(clock, everywhere, deadline_s=400)
    assert everywhere.lives.count("start") == 1
    assert isinstance(runner.stage.observer, Told)
    assert not any("fresh processes" in state for state in runner.stage.observer.states)


def test_a_slow_worker_drains_fewer_tasks_and_a_fast_one_no_more_than_the_workload_says(clock: Clock) -> None:
    slow, middle, fast = (
        FakeRunning(name, clock, per_second=rate) for name, rate in (("s", 4), ("m", 50), ("f", 5000))
    )
    one_generation(clock, slow, middle, fast, deadline_s=200)
    assert [subject.drained[-1] for subject in (slow, middle, fast)] == [10, 125, 200]
    assert len(set(slow.drained[2:])) == len(set(fast.drained[2:])) == 1


def test_a_slow_subject_sits_out_blocks_so_that_the_others_get_their_share(clock: Clock) -> None:
    slow = FakeRunning("slow", clock, turn_s=5.0)
    _, blocks = run(
        clock, FakeRunning("fast", clock), FakeRunning("middle", clock), slow, metrics=["enqueue"], deadline_s=400
    )
    enqueue = [[turn.subject for turn in block.turns] for block in blocks if not block.warmup]
    together = [subjects for subjects in enqueue if "slow" in subjects]
    assert 0 < len(together) < len(enqueue)
    assert all({"fast", "middle"} <= set(subjects) for subjects in enqueue)


@pytest.mark.parametrize(("deadline_s", "generations"), [(37, 3), (50, 5)])
def test_a_slow_drain_leaves_the_others_blocks_of_each_metric_in_every_generation(
    clock: Clock, deadline_s: float, generations: int
) -> None:
    fast = [FakeRunning(name, clock, per_second=rate, turn_s=0.02) for name, rate in (("a", 600), ("b", 1500))]
    slow = FakeRunning("slow", clock, per_second=4, turn_s=0.06)
    for one in (*fast, slow):
        one.start_s = 0.8
    _, blocks = run(clock, *fast, slow, deadline_s=deadline_s, drain_s=0.9)
    counts = Counter((block.generation, block.metric) for block in blocks if not block.warmup)
    assert {generation for generation, _ in counts} == set(range(generations))
    assert len(counts) == 2 * generations
    assert min(counts.values()) >= 4
    drains = Counter(turn.subject for block in blocks if block.metric == "throughput" for turn in block.turns)
    assert generations <= drains["slow"] < 0.5 * drains["a"]
    assert drains["a"] == drains["b"]


def test_a_slow_subject_warms_up_once_and_its_ceiling_with_the_others(clock: Clock) -> None:
    cast = [FakeRunning(name, clock, turn_s=5.0 if name == "slow" else 0.1) for name in ("a", "b", "slow")]
    ceiling = FakeRunning("slow", clock, layer="raw")
    _, blocks = run(clock, *cast, ceiling, metrics=["enqueue"], deadline_s=200)
    warm = [[(turn.subject, turn.layer) for turn in block.turns] for block in blocks if block.warmup]
    assert [("slow", "celery") in block for block in warm] == [True] + [False] * (len(warm) - 1)
    assert ("slow", "raw") in warm[-1]


def test_two_subjects_are_always_paired(clock: Clock) -> None:
    _, blocks = run(clock, FakeRunning("a", clock, per_second=4), FakeRunning("b", clock, per_second=5000))
    assert all(len(block.turns) == 2 for block in blocks)


def test_subjects_get_fresh_processes_several_times_and_blocks_say_in_which_they_were(clock: Clock) -> None:
    subject, other = FakeRunning("a", clock, start_s=4), FakeRunning("b", clock, start_s=4)
    _, blocks = run(clock, subject, other, deadline_s=400)
    generations = [block.generation for block in blocks]
    assert generations == sorted(generations)
    assert 4 <= len(set(generations)) <= 12
    assert subject.lives == other.lives == ["start", "ready", *["end", "start", "ready"] * max(generations)]
    for generation in set(generations):
        own = [block for block in blocks if block.generation == generation]
        assert [block.warmup for block in own][:2] == [True, True]
        assert {block.metric for block in own if not block.warmup} == {"enqueue", "throughput"}


def test_every_generation_has_its_part_of_the_time(clock: Clock) -> None:
    _, blocks = run(clock, FakeRunning("a", clock, start_s=4), metrics=["enqueue"], deadline_s=400)
    counts = Counter(block.generation for block in blocks if not block.warmup)
    assert min(counts.values()) >= 0.9 * max(counts.values())


def test_a_run_keeps_to_its_time(clock: Clock) -> None:
    run(clock, FakeRunning("a", clock, start_s=4), FakeRunning("b", clock), deadline_s=120)
    assert 110 <= clock.now_s <= 120


def test_a_subject_whose_fresh_processes_do_not_come_up_is_left_out_and_the_others_go_on(clock: Clock) -> None:
    class Lame(FakeRunning):
        def wait_until_ready(self) -> None:
            super().wait_until_ready()
            if self.lives.count("start") > 1:
                raise SubjectFailed("its worker ended")

    runner, blocks = run(clock, Lame("a", clock, start_s=4), FakeRunning("b", clock, start_s=4), deadline_s=400)
    assert runner.stage.failures == {(("a", "celery"), 0): "its worker ended"}
    assert {turn.subject for block in blocks if not block.generation for turn in block.turns} == {"a", "b"}
    assert {turn.subject for block in blocks if block.generation for turn in block.turns} == {"b"}


def test_the_processes_of_one_that_failed_are_ended_with_those_of_the_others(clock: Clock) -> None:
    failing, other = FakeRunning("a", clock, fails_at=6), FakeRunning("b", clock)
    run(clock, failing, other, deadline_s=400)
    assert failing.lives[:3] == ["start", "ready", "end"]
    assert failing.lives.count("start") == 1
    assert other.lives.count("end") > 3


def test_first_publishes_come_before_anything_else_of_each_generation(clock: Clock) -> None:
    subject = FakeRunning("a", clock, start_s=4)
    _, blocks = run(clock, subject, metrics=["enqueue", "first-publish"], deadline_s=400)
    firsts = [next(own) for _, own in groupby(blocks, lambda block: block.generation)]
    assert len(firsts) >= 4
    assert all((block.metric, block.warmup) == ("first-publish", False) for block in firsts)
    assert Counter(block.metric for block in blocks)["first-publish"] == len(firsts)


def test_every_fresh_process_of_a_slow_subject_has_its_first_publish(clock: Clock) -> None:
    cast = [FakeRunning(name, clock, turn_s=5.0 if name == "slow" else 0.1) for name in ("a", "b", "slow")]
    _, blocks = run(clock, *cast, metrics=["enqueue", "first-publish"], deadline_s=200)
    assert {len(block.turns) for block in blocks if block.metric == "first-publish"} == {3}


def test_all_queues_are_idle_for_as_long_as_the_series_says(clock: Clock) -> None:
    subject, other = FakeRunning("a", clock), FakeRunning("b", clock)
    runner, blocks = run(clock, subject, other, metrics=["wakeup"], deadline_s=60)
    assert {block.at["idle_s"] for block in blocks if not block.warmup} == {0.1, 2.0}
    assert all(len(block.turns) == 2 for block in blocks)
    for one in (subject, other):
        woken = [step for step in one.lives if step in ("wake", "rest")]
        assert woken == ["wake", "rest"] * len(blocks)
    assert isinstance(runner.stage.observer, Told)
    assert "all queues are idle for 0.1 s" in runner.stage.observer.states
    assert clock.now_s >= sum(float(block.at["idle_s"]) for block in blocks)


def test_the_first_wakeup_of_each_generation_is_warm_up(clock: Clock) -> None:
    _, blocks = run(clock, FakeRunning("a", clock), metrics=["wakeup"], deadline_s=60)
    for _, own in groupby(blocks, lambda block: block.generation):
        assert [block.warmup for block in own][:2] == [True, False]


def test_generations_are_long_enough_for_the_longest_idle_time(clock: Clock) -> None:
    stage, blocks = make_stage(clock, FakeRunning("a", clock, start_s=4), deadline_s=160)
    plan = Plan(metrics=["wakeup"], points=[Point({}, Workload(name="own"))])
    runner = Runner(stage, plan, list(stage.running), [], [], 2.5)
    runner.start()
    runner.run()
    idle = [(block.generation, block.at["idle_s"]) for block in blocks if not block.warmup]
    assert {generation for generation, _ in idle} == {0, 1, 2, 3}
    assert len({generation for generation, idle_s in idle if idle_s == 30}) > 1
