"""Measures how fast a worker drains a preloaded queue: each round is one drain, each iteration one of its tasks."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.pytest_plugin.replay import recorded_time, replay
from bench.pytest_plugin.samples import Measured


@pytest.mark.metric("throughput")
@pytest.mark.benchmark(group="worker throughput (time a task)", timer=recorded_time)
def test_worker_throughput(benchmark: BenchmarkFixture, measured: Measured) -> None:
    """Measure the time a task takes on a worker that never runs out of tasks; extra_info has ``tasks_per_second``."""
    turns = measured.drain_turns()
    benchmark.extra_info.update(measured.extra_info("throughput"))
    replay(benchmark, [turn.duration_ns for turn in turns], iterations=turns[0].tasks if turns else 1)
