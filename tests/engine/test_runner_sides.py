"""Two sides have many short generations with all of their metrics, until it is enough."""

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

import pytest
from fakes import Clock, FakeMetered, FakeRunning, make_stage

from bench.engine.plan import Plan, Point
from bench.engine.runner import Runner
from bench.engine.sizing import Sizing
from bench.metrics.latency import LatencyTurn
from bench.processes.errors import SubjectFailed
from bench.records.turns import Block
from bench.records.workload import Workload


def run_sides(
    clock: Clock,
    *cast: FakeRunning,
    metrics: list[str],
    enough: Callable[[int, int], bool] = lambda done, planned: False,
    deadline_s: float = 80,
    soon: Sequence[str] = (),
    absent: Callable[[], Collection[str]] = tuple,
) -> tuple[Runner, list[Block]]:
    stage, blocks = make_stage(clock, *cast, deadline_s=deadline_s)
    plan = Plan(metrics=metrics, points=[Point({}, Workload(name="own"))], sides=True, soon=soon)
    runner = Runner(stage, plan, [one.key for one in cast], [], [], drain_s=0.5, enough=enough, absent=absent)
    runner.start()
    runner.run()
    return runner, blocks


def test_it_ends_as_soon_as_it_is_enough(clock: Clock) -> None:
    asked: list[tuple[int, int]] = []

    def enough(done: int, planned: int) -> bool:
        asked.append((done, planned))
        return done == 4

    _, blocks = run_sides(
        clock, FakeRunning("A", clock), FakeRunning("B", clock), metrics=["enqueue", "throughput"], enough=enough
    )
    planned = asked[1][1]
    assert asked == [(0, 0), *((done, planned) for done in range(1, 5))]
    assert planned > 6
    assert {block.generation for block in blocks} == {0, 1, 2, 3}
    assert clock.monotonic() < 70


def test_without_an_answer_it_has_all_of_its_generations_and_is_asked_after_the_last(clock: Clock) -> None:
    asked: list[tuple[int, int]] = []

    def never(done: int, planned: int) -> bool:
        asked.append((done, planned))
        return False

    run_sides(clock, FakeRunning("A", clock), FakeRunning("B", clock), metrics=["enqueue"], enough=never)
    done, planned = asked[-1]
    assert planned - 3 < done <= planned
    assert all(later[0] == earlier[0] + 1 for earlier, later in pairwise(asked))


def test_costs_are_measured_in_each_generation(clock: Clock) -> None:
    cast = [FakeRunning("A", clock), FakeRunning("B", clock), FakeMetered("A", clock), FakeMetered("B", clock)]
    for metered in cast[2:]:
        metered.layer = "metered"
    _, blocks = run_sides(clock, *cast, metrics=["throughput", "cost"])
    for metric in ("throughput", "cost"):
        counted = {block.generation for block in blocks if block.metric == metric and not block.warmup}
        assert counted >= set(range(blocks[-1].generation))


def limits_s(clock: Clock, *rates_per_s: float, limit_s: float | None = 6.0) -> list[float | None]:
    """Return how long a drain of each side may take, after warm-ups that showed these rates."""
    cast = [FakeRunning(label, clock) for label in "AB"]
    stage, _ = make_stage(clock, *cast)
    sizing = Sizing(stage, Plan(metrics=["throughput"], points=[], sides=True), 0.5, limit_s)
    for one, rate_per_s in zip(cast, rates_per_s, strict=True):
        sizing.drained(one, 12, round(12 / rate_per_s * 1e9))  # type: ignore[arg-type]
    return [sizing.drain_limit_s(one, warmup=False) for one in cast]  # type: ignore[arg-type]


def test_a_side_that_is_far_slower_than_the_other_is_cut_off_soon_and_two_slow_sides_are_not(clock: Clock) -> None:
    assert limits_s(clock, 1000, 4) == [1.5, 1.5]
    assert limits_s(clock, 60, 20) == [pytest.approx(2.0), 1.5]
    assert limits_s(clock, 4, 4) == [6.0, 6.0]
    assert limits_s(clock, 1000, 4, limit_s=None) == [None, None]


def test_the_first_generations_are_short_and_have_only_the_metrics_that_are_measured_soon(clock: Clock) -> None:
    cast = [FakeRunning("A", clock), FakeRunning("B", clock), FakeMetered("A", clock), FakeMetered("B", clock)]
    for metered in cast[2:]:
        metered.layer = "metered"
    _, blocks = run_sides(clock, *cast, metrics=["enqueue", "throughput", "cost"], soon=["enqueue", "throughput"])
    counted = [(block.generation, block.metric) for block in blocks if not block.warmup]
    for generation in range(3):
        found = [metric for number, metric in counted if number == generation]
        assert len(found) <= 5
        assert set(found) == {"enqueue", "throughput"}
    assert {metric for number, metric in counted if number == 3} == {"enqueue", "throughput", "cost"}
    assert cast[2].lives.count("start") == cast[0].lives.count("start") - 3


def test_both_sides_are_sent_half_of_what_the_slower_one_drains(clock: Clock) -> None:
    fast, slow = FakeRunning("A", clock, per_second=200), FakeRunning("B", clock, per_second=40)
    for one in (fast, slow):
        one.metrics = ("throughput", "latency")
    _, blocks = run_sides(clock, fast, slow, metrics=["throughput", "latency"])
    rates = {turn.rate_per_s for block in blocks for turn in block.turns if isinstance(turn, LatencyTurn)}
    assert rates == {20.0}


def test_many_subjects_start_a_few_at_a_time_and_all_are_renewed_in_each_generation(clock: Clock) -> None:
    waiting, most = set[str](), 0

    class Counted(FakeRunning):
        def start(self) -> None:
            nonlocal most
            waiting.add(self.label)
            most = max(most, len(waiting))
            super().start()

        def wait_until_ready(self) -> None:
            super().wait_until_ready()
            waiting.discard(self.label)

    cast = [Counted(str(number), clock, start_s=0.1) for number in range(25)]
    _, blocks = run_sides(clock, *cast, metrics=["enqueue"], deadline_s=120)
    generations = {block.generation for block in blocks}
    assert most <= 8
    assert len(generations) >= 4
    for one in cast:
        assert one.lives.count("start") == one.lives.count("ready") == len(generations)
    assert all({turn.subject for turn in block.turns} == {one.label for one in cast} for block in blocks)


def test_a_subject_that_fails_to_start_leaves_the_others_of_its_group(clock: Clock) -> None:
    class Broken(FakeRunning):
        def wait_until_ready(self) -> None:
            raise SubjectFailed("it cannot be imported")

    cast = [Broken("broken", clock), *(FakeRunning(str(number), clock) for number in range(3))]
    runner, blocks = run_sides(clock, *cast, metrics=["enqueue"])
    assert [key for key, _ in runner.stage.failures] == [("broken", "celery")]
    assert {turn.subject for turn in blocks[-1].turns} == {"0", "1", "2"}


def sides_by_generation(blocks: list[Block]) -> list[set[str]]:
    """Return who had turns in each generation."""
    last = blocks[-1].generation
    return [
        {turn.subject for block in blocks if block.generation == number for turn in block.turns}
        for number in range(last + 1)
    ]


def test_sides_sit_generations_out_without_processes_and_may_come_back(clock: Clock) -> None:
    cast = [FakeRunning(label, clock) for label in "ABCD"]
    out = iter(["CD", "AB", "D", ""])
    _, blocks = run_sides(clock, *cast, metrics=["enqueue", "throughput"], absent=lambda: next(out, ""))
    found = sides_by_generation(blocks)
    assert found[:3] == [{"A", "B"}, {"C", "D"}, {"A", "B", "C"}]
    assert set(map(frozenset, found[3:])) == {frozenset("ABCD")}
    assert cast[3].lives == (["start", "ready", "end"] * (len(found) - 2))[:-1]


def test_the_time_of_dropped_sides_goes_into_more_generations(clock: Clock) -> None:
    def planned(cast: list[FakeRunning], dropped: Collection[str]) -> tuple[int, int]:
        seen: list[tuple[int, int]] = []

        def enough(done: int, planned: int) -> bool:
            seen.append((done, planned))
            return False

        run_sides(
            clock,
            *cast,
            metrics=["enqueue"],
            deadline_s=clock.monotonic() + 120,
            enough=enough,
            absent=lambda: dropped if seen[-1:] and seen[-1][0] else (),
        )
        return seen[1][1], seen[-1][0]

    cast = [FakeRunning(str(number), clock) for number in range(12)]
    first, all_stay = planned(cast, ())
    assert all_stay <= first
    again, some_go = planned(cast, [one.label for one in cast[3:]])
    assert again == first
    assert some_go > 1.5 * all_stay
