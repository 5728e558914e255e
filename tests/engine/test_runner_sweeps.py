"""A run over the points of a sweep."""

from collections import Counter
from itertools import groupby

import pytest
from fakes import SWEEP, Clock, FakeRunning, run

from bench.records.turns import Block
from bench.records.workload import Workload


def points_of(blocks: list[Block]) -> list[tuple[object, ...]]:
    """Return the place of each generation, in their order."""
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
    found = {point: search["a", "celery"].result.rate_per_s for point, search in runner.sizing.searches.items()}
    assert found == {number: pytest.approx(100 * (number + 1), rel=0.05) for number in range(3)}
    assert {100, 200} <= set(subject.drained)  # the third would be 300, and the workload has 200
