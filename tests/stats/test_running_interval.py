"""The interval of a figure while it is being measured."""

import numpy as np
import pytest

from bench.stats.intervals import FEWEST_GENERATIONS
from bench.stats.running import running_interval


def share_covered(generations: int, turns: int, luck: float) -> float:
    """Return how often the interval covers the truth, where each generation has its own luck."""
    rng = np.random.default_rng(7)

    def covers() -> bool:
        logs = rng.normal(0, luck, (generations, 1)) + rng.normal(0, 0.05, (generations, turns))
        found = running_interval(np.exp(logs).tolist())
        return (found.low or 1) <= 1 <= (found.high or 1)

    return float(np.mean([covers() for _ in range(1000)]))


@pytest.mark.parametrize(
    ("generations", "turns", "luck"), [(1, 8, 0.0), (1, 50, 0.0), (FEWEST_GENERATIONS, 20, 0.04), (12, 5, 0.04)]
)
def test_the_interval_covers_the_truth_in_95_of_100_runs(generations: int, turns: int, luck: float) -> None:
    assert 0.93 < share_covered(generations, turns, luck) < 0.995


def test_too_few_turns_have_no_interval() -> None:
    found = running_interval([[1.0, 2.0, 4.0]])
    assert (found.value, found.low, found.high) == (2.0, None, None)
