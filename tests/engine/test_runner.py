import random
from typing import Any

import pytest

from bench.engine.observer import Silent
from bench.engine.runner import Runner
from bench.engine.schedule import Schedule
from bench.errors import SubjectFailed
from bench.records.result import Block, DrainTurn, EnqueueTurn
from bench.records.workload import load_workload


class FakeSubject:
    """Takes turns in no time, at a rate of its own, and fails at a turn that is given."""

    prefetch_tasks = 4
    workload = load_workload("noop")

    def __init__(self, label: str, per_second: float = 1000, fails_at: int = 10**9) -> None:
        self.label, self.per_second, self.left = label, per_second, fails_at
        self.drained: list[int] = []
        self.lives: list[str] = []

    def measures(self, metric: str) -> bool:
        return True

    def end(self) -> None:
        self.lives.append("end")

    def start(self) -> None:
        self.lives.append("start")

    def wait_until_ready(self) -> None:
        self.lives.append("ready")

    def _turn(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise SubjectFailed("the server is gone")

    def enqueue(self) -> EnqueueTurn:
        self._turn()
        return EnqueueTurn(subject=self.label, warmup_ns=[9], samples_ns=[1, 2, 3])

    def drain(self, tasks: int) -> DrainTurn:
        self._turn()
        self.drained.append(tasks)
        duration_ns = round((tasks - 4) / self.per_second * 1e9)
        return DrainTurn(
            subject=self.label, warmup_tasks=4, tasks=tasks - 4, duration_ns=duration_ns, span_ns=duration_ns
        )


def run(
    *subjects: FakeSubject, deadline_s: float = 40, drain_s: float = 2.5, start_s: float = 1000
) -> tuple[Runner, list[Block]]:
    clock = iter(range(10**6))
    metrics: Any = [metric for metric in ("enqueue", "throughput") if subjects[0].measures(metric)]
    schedule = Schedule(metrics, deadline_s, random.Random(1), clock_s=lambda: float(next(clock)))
    blocks: list[Block] = []
    made: Any = {subject.label: subject for subject in subjects}
    runner = Runner(made, schedule, Silent(), drain_s, blocks.append, start_s=start_s)
    runner.run()
    return runner, blocks


def test_warm_up_is_kept_and_marked() -> None:
    _, blocks = run(FakeSubject("a"))
    assert [block.warmup for block in blocks[:4]] == [True] * 4
    assert not any(block.warmup for block in blocks[4:])
    assert [block.number for block in blocks] == list(range(len(blocks)))


def test_a_subject_that_fails_is_left_out_and_the_others_go_on() -> None:
    runner, blocks = run(FakeSubject("a", fails_at=6), FakeSubject("b"))
    assert runner.failures == {"a": "the server is gone"}
    assert [turn.subject for turn in blocks[-1].turns] == ["b"]
    assert len(blocks) > 10


def test_when_every_subject_failed_the_run_ends() -> None:
    runner, blocks = run(FakeSubject("a", fails_at=5), FakeSubject("b", fails_at=5))
    assert set(runner.failures) == {"a", "b"}
    assert len(blocks) == 5


def test_a_slow_worker_drains_fewer_tasks_and_a_fast_one_no_more_than_the_workload_says() -> None:
    slow, middle, fast = FakeSubject("slow", 4), FakeSubject("middle", 50), FakeSubject("fast", 5000)
    run(slow, middle, fast)
    assert [subject.drained[-1] for subject in (slow, middle, fast)] == [12, 125, 200]
    assert len(set(slow.drained[2:])) == len(set(fast.drained[2:])) == 1


def test_a_slow_subject_sits_out_blocks_so_that_the_others_get_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("bench.engine.runner.time.monotonic", lambda: now[0])

    class Slow(FakeSubject):
        def enqueue(self) -> EnqueueTurn:
            now[0] += 5.0 if self.label == "slow" else 0.1
            return super().enqueue()

        def measures(self, metric: str) -> bool:
            return metric == "enqueue"

    _, blocks = run(Slow("fast"), Slow("middle"), Slow("slow"), deadline_s=400)
    enqueue = [
        [turn.subject for turn in block.turns] for block in blocks if block.metric == "enqueue" and not block.warmup
    ]
    together = [subjects for subjects in enqueue if "slow" in subjects]
    assert 0 < len(together) < len(enqueue)
    assert all({"fast", "middle"} <= set(subjects) for subjects in enqueue)


def test_two_subjects_are_always_paired() -> None:
    _, blocks = run(FakeSubject("a", 4), FakeSubject("b", 5000))
    assert all(len(block.turns) == 2 for block in blocks)


def test_subjects_get_fresh_processes_several_times_and_blocks_say_in_which_they_were() -> None:
    subject, other = FakeSubject("a"), FakeSubject("b")
    _, blocks = run(subject, other, deadline_s=400, start_s=8)
    generations = [block.generation for block in blocks]
    assert generations == sorted(generations)
    assert 4 <= len(set(generations)) <= 12
    assert subject.lives == other.lives == ["end", "start", "ready"] * max(generations)
    for generation in set(generations):
        own = [block for block in blocks if block.generation == generation]
        assert [block.warmup for block in own][:2] == [True, True]
        assert {block.metric for block in own if not block.warmup} == {"enqueue", "throughput"}


def test_a_subject_whose_fresh_processes_do_not_come_up_is_left_out_and_the_others_go_on() -> None:
    class Lame(FakeSubject):
        def wait_until_ready(self) -> None:
            raise SubjectFailed("its worker ended")

    runner, blocks = run(Lame("a"), FakeSubject("b"), deadline_s=400, start_s=8)
    assert runner.failures == {"a": "its worker ended"}
    assert {turn.subject for block in blocks if block.generation for turn in block.turns} == {"b"}
