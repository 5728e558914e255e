from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby

import pytest
from fakes import Clock, FakeRunning, Told, make_stage

from bench.engine.plan import LOADS, Plan, Point
from bench.engine.runner import Runner
from bench.errors import SubjectFailed
from bench.records.turns import Block, CostTurn, Metric, PhaseTurn, Spent
from bench.records.workload import Workload

BOTH: list[Metric] = ["enqueue", "throughput"]
SWEEP = [Point({"concurrency": number}, Workload(name="own", concurrency=number)) for number in (1, 2, 3)]


@dataclass
class FakeMetered(FakeRunning):
    """Has turns of ``cost`` and ``phases``, and remembers what it was told to do."""

    metrics: tuple[Metric, ...] = ("cost", "phases")
    metered: list[tuple[int, float]] = field(default_factory=list)

    def cost(self, tasks: int) -> CostTurn:
        self._turn("cost", tasks / self.per_second)
        self.metered.append((tasks, 0.0))
        return CostTurn(subject=self.label, tasks=tasks, enqueue=Spent(), drain=Spent())

    def phases(self, tasks: int, rate_per_s: float) -> PhaseTurn:
        self._turn("phases", tasks / rate_per_s)
        self.metered.append((tasks, rate_per_s))
        return PhaseTurn(subject=self.label, tasks=tasks, phases={})


def run(
    clock: Clock,
    *cast: FakeRunning,
    metrics: list[Metric] = BOTH,
    points: list[Point] | None = None,
    rates_per_s: tuple[float, ...] = (),
    deadline_s: float = 40,
    drain_s: float = 2.5,
) -> tuple[Runner, list[Block]]:
    stage, blocks = make_stage(clock, *cast, deadline_s=deadline_s)
    plan = Plan(
        metrics=metrics, points=points or [Point({}, Workload(name="own"))], rates_per_s=rates_per_s, idle_s=(0.1, 2.0)
    )
    keys = {layer: [one.key for one in cast if one.layer == layer] for layer in ("celery", "raw", "metered")}
    runner = Runner(stage, plan, keys["celery"], keys["raw"], keys["metered"], drain_s)
    runner.start()
    runner.run()
    return runner, blocks


def one_generation(clock: Clock, *cast: FakeRunning, **changes: object) -> tuple[Runner, list[Block]]:
    """Run with processes that take so long to start that they are started once."""
    for one in cast:
        one.start_s = 15 / len(cast)
    return run(clock, *cast, **changes)  # type: ignore[arg-type]


def test_warm_up_is_kept_and_marked(clock: Clock) -> None:
    _, blocks = one_generation(clock, FakeRunning("a", clock))
    assert [block.warmup for block in blocks[:4]] == [True] * 4
    assert not any(block.warmup for block in blocks[4:])
    assert [block.number for block in blocks] == list(range(len(blocks)))


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
    assert [subject.drained[-1] for subject in (slow, middle, fast)] == [12, 125, 200]
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
    assert min(counts.values()) >= 0.5 * max(counts.values())


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
    runner = Runner(stage, plan, list(stage.cast), [], [], 2.5)
    runner.start()
    runner.run()
    idle = [(block.generation, block.at["idle_s"]) for block in blocks if not block.warmup]
    assert {generation for generation, _ in idle} == {0, 1, 2, 3}
    assert len({generation for generation, idle_s in idle if idle_s == 30}) > 1


def test_latency_is_measured_at_shares_of_the_capacity_that_was_found(clock: Clock) -> None:
    subject = FakeRunning("a", clock, per_second=400)
    runner, blocks = run(clock, subject, metrics=["throughput", "latency"], deadline_s=600)
    capacity = runner.searches[0]["a", "celery"].result.rate_per_s
    assert capacity == pytest.approx(400, rel=0.05)
    measured = [block for block in blocks if block.metric == "latency"]
    assert {block.at["load"] for block in measured} == set(LOADS)
    for block in measured:
        (turn,) = block.turns
        assert turn.rate_per_s == pytest.approx(block.at["load"] * capacity)  # type: ignore[union-attr, operator]


@pytest.mark.parametrize("metric", ["latency", "capacity"])
def test_a_capacity_is_found_also_where_no_throughput_was_asked_for(clock: Clock, metric: Metric) -> None:
    subject = FakeRunning("a", clock, per_second=400)
    runner, _ = run(clock, subject, metrics=[metric], deadline_s=600)
    assert runner.searches[0]["a", "celery"].result.rate_per_s == pytest.approx(400, rel=0.05)
    assert subject.rates_per_s[0] == pytest.approx(0.7 * 400)


def test_latency_at_given_rates_is_measured_at_these_and_no_capacity_is_looked_for(clock: Clock) -> None:
    subject = FakeRunning("a", clock)
    runner, blocks = run(clock, subject, metrics=["latency"], rates_per_s=(50.0, 200.0), deadline_s=60)
    assert not runner.searches
    assert set(subject.rates_per_s) == {50.0, 200.0}
    assert Counter(block.metric for block in blocks).keys() == {"latency"}


def test_where_no_capacity_was_found_loads_are_shares_of_half_of_the_lowest_rate_that_failed(clock: Clock) -> None:
    class Failing(FakeRunning):
        def open_loop(self, rate_per_s: float, tasks: int):  # type: ignore[no-untyped-def]
            turn = super().open_loop(rate_per_s, tasks)
            return turn.model_copy(update={"backlog_per_s": (1.0, 0.5, 1.5)})

    subject = Failing("a", clock, per_second=400)
    runner, _ = run(clock, subject, metrics=["latency"], deadline_s=600)
    found = runner.searches[0]["a", "celery"].result
    assert found.rate_per_s is None
    assert found.failed_above_per_s is not None
    measured = sorted(set(subject.rates_per_s[-20:]))
    assert measured == pytest.approx([load * found.failed_above_per_s / 2 for load in LOADS])
    (warning,) = runner.not_found()
    assert warning.startswith("a sustained no rate that was tried: its loads are shares of half of the lowest, ")


def test_whose_capacity_was_found_is_not_warned_of(clock: Clock) -> None:
    runner, _ = run(clock, FakeRunning("a", clock), metrics=["latency"], deadline_s=200)
    assert runner.not_found() == []


def test_a_search_takes_no_more_than_its_share_of_the_time(clock: Clock) -> None:
    subject = FakeRunning("a", clock, per_second=5000)
    _, blocks = run(clock, subject, metrics=["latency"], deadline_s=60)
    searching = [block.at_s for block in blocks if block.metric == "capacity"]
    assert max(searching) < 0.3 * 60 + 3
    assert any(block.metric == "latency" for block in blocks)


def points_of(blocks: list[Block]) -> list[tuple[object, ...]]:
    """Give the place of each generation, in their order."""
    return [tuple(next(own).at.values()) for _, own in groupby(blocks, lambda block: block.generation)]


def test_the_points_of_a_sweep_are_measured_as_often_as_each_other_in_rounds(clock: Clock) -> None:
    subject = FakeRunning("a", clock, start_s=4)
    _, blocks = run(clock, subject, FakeRunning("b", clock), points=SWEEP, deadline_s=600)
    places = points_of(blocks)
    assert places[0] == (1,)
    assert len(places) >= 4 * len(SWEEP)
    rounds = [tuple(places[start : start + 3]) for start in range(0, len(places), 3)]
    assert all(sorted(one) == [(1,), (2,), (3,)] for one in rounds)
    assert len(set(rounds)) > 1


def test_at_each_point_the_workload_is_that_of_the_point(clock: Clock) -> None:
    used = []

    class Watching(FakeRunning):
        def start(self) -> None:
            used.append(self.workload.concurrency)
            super().start()

    _, blocks = run(clock, Watching("a", clock, start_s=4), points=SWEEP, deadline_s=300)
    assert [(concurrency,) for concurrency in used] == points_of(blocks)


def test_the_points_of_a_sweep_have_the_same_time(clock: Clock) -> None:
    _, blocks = run(clock, FakeRunning("a", clock, start_s=4), metrics=["enqueue"], points=SWEEP, deadline_s=600)
    counts = Counter(block.at["concurrency"] for block in blocks if not block.warmup)
    assert max(counts.values()) - min(counts.values()) <= 0.1 * max(counts.values())


def test_a_point_that_a_subject_fails_at_is_not_tried_again_and_the_others_are_measured(clock: Clock) -> None:
    picky = FakeRunning("a", clock, start_s=2, fails_where=lambda workload: workload.concurrency == 2)
    runner, blocks = run(clock, picky, FakeRunning("b", clock, start_s=2), points=SWEEP, deadline_s=600)
    assert list(runner.stage.failures) == [(("a", "celery"), 1)]
    found = {label: {block.at["concurrency"] for block in blocks if label in subjects_of(block)} for label in "ab"}
    assert found == {"a": {1, 3}, "b": {1, 2, 3}}
    assert runner.partial_failures() == [(("a", "celery"), " at concurrency 2", "the server is gone")]


def subjects_of(block: Block) -> set[str]:
    return {turn.subject for turn in block.turns}


def test_each_point_of_a_sweep_has_a_drain_and_a_capacity_of_its_own(clock: Clock) -> None:
    class Scaling(FakeRunning):
        def use(self, workload: Workload) -> None:
            super().use(workload)
            self.per_second = 100 * workload.concurrency

    subject = Scaling("a", clock, start_s=1)
    runner, _ = run(clock, subject, metrics=["throughput", "capacity"], points=SWEEP, deadline_s=1200, drain_s=1.0)
    found = {point: search["a", "celery"].result.rate_per_s for point, search in runner.searches.items()}
    assert found == {number: pytest.approx(100 * (number + 1), rel=0.05) for number in range(3)}
    assert {100, 200} <= set(subject.drained)  # the third would be 300, and the workload has 200


def whole_cast(clock: Clock) -> list[FakeRunning]:
    return [
        FakeRunning("a", clock),
        FakeRunning("b", clock),
        FakeRunning("a", clock, layer="raw"),
        FakeRunning("b", clock, layer="raw"),
        FakeMetered("a", clock, layer="metered"),
        FakeMetered("b", clock, layer="metered"),
    ]


EVERYTHING: list[Metric] = ["enqueue", "throughput", "cost", "phases"]


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
