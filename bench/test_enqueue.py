"""Measures what ``apply_async`` costs its caller: each round is one call."""

from typing import Any

import pytest


@pytest.mark.benchmark(group="enqueue latency")
def test_enqueue_latency(broker_benchmark: Any) -> None:
    """Measure the latency of one call at a time, all brokers in turn."""
    broker_benchmark.enqueue()
