"""Measures how fast a worker drains a preloaded queue: each round is one drain, each iteration one of its tasks."""

from typing import Any

import pytest


@pytest.mark.benchmark(group="worker throughput (time a task)")
def test_worker_throughput(broker_benchmark: Any) -> None:
    """Measure the time a task takes on a worker that never runs out of tasks; extra_info has ``tasks_per_second``."""
    broker_benchmark.throughput()
