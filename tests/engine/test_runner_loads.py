"""Capacities, and latencies at shares of them."""

from collections import Counter

import pytest
from fakes import Clock, FakeRunning, made_pace, run

from bench.metrics.latency import LOADS


def test_latency_is_measured_at_shares_of_the_capacity_that_was_found(clock: Clock) -> None:
    subject = FakeRunning("a", clock, per_second=400)
    runner, blocks = run(clock, subject, metrics=["throughput", "latency"], deadline_s=600)
    capacity = runner.sizing.searches[0]["a", "celery"].result.rate_per_s
    assert capacity == pytest.approx(400, rel=0.05)
    measured = [block for block in blocks if block.metric == "latency"]
    assert {block.at["load"] for block in measured} == set(LOADS)
    for block in measured:
        (turn,) = block.turns
        assert turn.rate_per_s == pytest.approx(block.at["load"] * capacity)  # type: ignore[union-attr, operator]


@pytest.mark.parametrize("metric", ["latency", "capacity"])
def test_a_capacity_is_found_also_where_no_throughput_was_asked_for(clock: Clock, metric: str) -> None:
    subject = FakeRunning("a", clock, per_second=400)
    runner, _ = run(clock, subject, metrics=[metric], deadline_s=600)
    assert runner.sizing.searches[0]["a", "celery"].result.rate_per_s == pytest.approx(400, rel=0.05)
    assert subject.rates_per_s[0] == pytest.approx(0.7 * 400)


def test_latency_at_given_rates_is_measured_at_these_and_no_capacity_is_looked_for(clock: Clock) -> None:
    subject = FakeRunning("a", clock)
    runner, blocks = run(clock, subject, metrics=["latency"], rates_per_s=(50.0, 200.0), deadline_s=60)
    assert not runner.sizing.searches
    assert set(subject.rates_per_s) == {50.0, 200.0}
    assert Counter(block.metric for block in blocks).keys() == {"latency"}


def test_where_no_capacity_was_found_loads_are_shares_of_half_of_the_lowest_rate_that_failed(clock: Clock) -> None:
    class Failing(FakeRunning):
        def pace(self, tasks: int, rate_per_s: float):  # type: ignore[no-untyped-def]
            super().pace(tasks, rate_per_s)
            return made_pace(rate_per_s, tasks, late=1.0)

    subject = Failing("a", clock, per_second=400)
    runner, _ = run(clock, subject, metrics=["latency"], deadline_s=600)
    found = runner.sizing.searches[0]["a", "celery"].result
    assert found.rate_per_s is None
    assert found.failed_above_per_s is not None
    measured = sorted(set(subject.rates_per_s[-20:]))
    assert measured == pytest.approx([load * found.failed_above_per_s / 2 for load in LOADS])
    (warning,) = runner.sizing.not_found()
    assert warning.startswith("a sustained none of the rates tried: its loads are shares of half the lowest one, ")


def test_whose_capacity_was_found_is_not_warned_of(clock: Clock) -> None:
    runner, _ = run(clock, FakeRunning("a", clock), metrics=["latency"], deadline_s=200)
    assert runner.sizing.not_found() == []


def test_a_search_takes_no_more_than_its_share_of_the_time(clock: Clock) -> None:
    subject = FakeRunning("a", clock, per_second=5000)
    _, blocks = run(clock, subject, metrics=["latency"], deadline_s=60)
    searching = [block.at_s for block in blocks if block.metric == "capacity"]
    assert max(searching) < 0.3 * 60 + 3
    assert any(block.metric == "latency" for block in blocks)
