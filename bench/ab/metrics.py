"""What two sides are compared in, and what the engine measures for it."""

from typing import Literal

from bench.records.turns import Metric

__all__ = ["MEASURED_FOR", "A", "B", "SideMetric"]

SideMetric = Literal["enqueue", "throughput", "latency", "cpu", "connections"]
MEASURED_FOR: dict[SideMetric, tuple[Metric, ...]] = {
    "enqueue": ("enqueue",),
    "throughput": ("throughput",),
    "latency": ("throughput", "latency"),  # whose load is a share of what drains
    "cpu": ("cost",),
    "connections": ("cost",),
}
"""The metric itself is the last."""
A, B = "A", "B"
