"""When which block is measured: a fixed time shared between the metrics, each block in an order of its own."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.records.result import Metric

__all__ = ["BUDGETS", "Budget", "Schedule"]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How long a comparison may take, all in all, and one drain of it."""

    total_s: float
    drain_s: float


BUDGETS = {
    "quick": Budget(total_s=55, drain_s=2.5),
    "default": Budget(total_s=165, drain_s=5),
    "full": Budget(total_s=600, drain_s=20),
}
_SHARES: dict[Metric, float] = {"enqueue": 0.4, "throughput": 0.6}
_END_S = 4.0  # to end the subjects and to write the reports


@dataclass
class Schedule:
    """Says what to measure next until ``deadline_s`` of the monotonic clock.

    Metrics alternate so that each has had its share of the time at any moment: an interrupted run has both.
    """

    metrics: list[Metric]
    deadline_s: float
    rng: random.Random
    clock_s: Callable[[], float] = time.monotonic
    _spent_s: dict[Metric, float] = field(default_factory=dict)
    _longest_s: dict[Metric, float] = field(default_factory=dict)

    @classmethod
    def within(cls, budget: Budget, metrics: list[Metric], started_s: float, seed: int) -> "Schedule":
        """Plan for a budget of which the time since ``started_s`` is spent already."""
        return cls(metrics=metrics, deadline_s=started_s + budget.total_s - _END_S, rng=random.Random(seed))  # noqa: S311

    def left_s(self) -> float:
        """Give the seconds of measuring that are left."""
        return max(0.0, self.deadline_s - self.clock_s())

    def next_metric(self) -> Metric | None:
        """Give the metric furthest behind its share whose block still fits; None when none does."""
        left_s = self.left_s()
        fitting = [metric for metric in self.metrics if self._longest_s.get(metric, 0.0) <= left_s]
        if not fitting or left_s == 0:
            return None
        return min(fitting, key=lambda metric: self._spent_s.get(metric, 0.0) / _SHARES[metric])

    def spent(self, metric: Metric, block_s: float) -> None:
        """Note how long a block took."""
        self._spent_s[metric] = self._spent_s.get(metric, 0.0) + block_s
        self._longest_s[metric] = max(block_s, self._longest_s.get(metric, 0.0))

    def shuffled(self, labels: list[str]) -> list[str]:
        """Give the order of the next block."""
        return self.rng.sample(labels, len(labels))
