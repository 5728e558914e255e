"""When which block is measured: a fixed time shared between the metrics, each block in an order of its own."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.records.result import Metric
from bench.stats.intervals import FEWEST_GENERATIONS

__all__ = ["BUDGETS_S", "Schedule", "budget_s", "plan_generations"]


BUDGETS_S: dict[str, float] = {"quick": 55, "default": 165, "full": 600}
"""How long a comparison may take, all in all, by the names that options have."""
_SHARES: dict[Metric, float] = {"enqueue": 0.4, "throughput": 0.6}
_END_S = 4.0  # to end the subjects and to write the reports
_MOST_GENERATIONS = 12
_RENEWAL_SHARE = 0.2  # of the time may go into fresh processes
_WANTED_GENERATIONS = FEWEST_GENERATIONS + 1
_WANTED_SHARE = 0.4  # and so much where that would give fewer than are wanted

_UNITS_S = {"": 1, "s": 1, "m": 60, "min": 60}


def budget_s(text: str) -> float:
    """Read a budget: a name of BUDGETS_S, or a time such as ``90``, ``90s`` or ``5m``. Raises ValueError."""
    if text in BUDGETS_S:
        return BUDGETS_S[text]
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *([a-z]*)", text.strip())
    if not found or found[2] not in _UNITS_S:
        raise ValueError(f"{text!r} is no time: give seconds or minutes (90s, 5m), or {', '.join(BUDGETS_S)}")
    return float(found[1]) * _UNITS_S[found[2]]


def plan_generations(left_s: float, renewal_s: float) -> int:
    """Say how many generations of processes to measure in so much time, if fresh ones cost ``renewal_s`` each time."""

    def affordable(share: float) -> int:
        return 1 + int(share * left_s / renewal_s)

    return min(_MOST_GENERATIONS, max(affordable(_RENEWAL_SHARE), min(_WANTED_GENERATIONS, affordable(_WANTED_SHARE))))


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
    def within(cls, budget_s: float, metrics: list[Metric], started_s: float, seed: int) -> "Schedule":
        """Plan for a budget of which the time since ``started_s`` is spent already."""
        return cls(metrics=list(metrics), deadline_s=started_s + budget_s - _END_S, rng=random.Random(seed))  # noqa: S311

    def left_s(self) -> float:
        """Give the seconds of measuring that are left."""
        return max(0.0, self.deadline_s - self.clock_s())

    def next_metric(self, keep_s: float = 0.0) -> Metric | None:
        """Give the metric furthest behind its share whose block still fits; None when none does.

        ``keep_s`` of the time that is left are for later.
        """
        left_s = max(0.0, self.left_s() - keep_s)
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
