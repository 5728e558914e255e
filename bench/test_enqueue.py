"""Measures what ``apply_async`` costs its caller: each round is one call."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.pytest_plugin.replay import recorded_time, replay
from bench.pytest_plugin.samples import Measured


@pytest.mark.metric("enqueue")
@pytest.mark.benchmark(group="enqueue latency", timer=recorded_time)
def test_enqueue_latency(benchmark: BenchmarkFixture, measured: Measured) -> None:
    """Measure the latency of one call at a time, all brokers in turn."""
    turns = measured.enqueue_turns()
    benchmark.extra_info.update(measured.extra_info("enqueue"))
    replay(benchmark, [duration_ns for turn in turns for duration_ns in turn.samples_ns])
