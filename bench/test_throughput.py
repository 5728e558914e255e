"""How fast a worker drains a preloaded queue: each round is one drain, each iteration one task of it."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.pytest_plugin.replay import recorded_time, replay
from bench.pytest_plugin.samples import Measured


@pytest.mark.metric("throughput")
@pytest.mark.benchmark(group="worker throughput (time a task)", timer=recorded_time)
def test_worker_throughput(benchmark: BenchmarkFixture, measured: Measured) -> None:
    """The time a task takes of a worker that is never short of tasks; ``tasks_per_second`` is in extra_info."""
    turns = measured.drain_turns()
    benchmark.extra_info.update(measured.extra_info("throughput"))
    replay(benchmark, [turn.duration_ns for turn in turns], iterations=turns[0].tasks if turns else 1)
