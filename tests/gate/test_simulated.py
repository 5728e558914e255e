"""How often the gate errs, on simulated runs whose processes have luck."""

import numpy as np
import pytest

from bench.gate.judging import GateOutcome, outcomes
from bench.stats.intervals import PairedRatio, unpaired_ratio

RUNS = 100
FIGURES = 2
BLOCKS = 8


def simulated(slower: float, limit: float, *, luck: float, generations: int) -> list[list[GateOutcome]]:
    """Judge pairs of runs with two figures each; the first one is slower."""
    rng = np.random.default_rng(11)

    def ratio(factor: float) -> PairedRatio:
        shape = (generations, BLOCKS)
        now, before = (rng.normal(rng.normal(level, luck, (generations, 1)), 0.04, shape) for level in (factor, 0.0))
        return unpaired_ratio(list(now), list(before))

    shifts = [np.log(slower), *[0.0] * (FIGURES - 1)]
    families = [[(ratio(shift), "less") for shift in shifts] for _ in range(RUNS)]
    return [[outcome for _, outcome in outcomes(family, [limit] * FIGURES)] for family in families]  # type: ignore[arg-type]


@pytest.mark.parametrize(("luck", "generations"), [(0.0, 4), (0.01, 8), (0.04, 6)])
def test_equal_runs_raise_a_false_alarm_in_at_most_one_of_twenty(luck: float, generations: int) -> None:
    found = simulated(1.0, 0.001, luck=luck, generations=generations)  # the least limit: what the runs can see
    assert sum("regressed" in family for family in found) <= 0.05 * RUNS


def test_what_breaks_its_limit_is_seldom_called_within_it() -> None:
    found = simulated(1.08, 0.05, luck=0.01, generations=5)
    assert sum(family[0] == "within" for family in found) <= 0.05 * RUNS


def test_a_regression_of_twice_the_limit_is_found_in_nine_of_ten() -> None:
    found = simulated(1.10, 0.05, luck=0.01, generations=8)
    assert sum(family[0] == "regressed" for family in found) >= 0.9 * RUNS
    assert sum("regressed" in family[1:] for family in found) <= 0.05 * RUNS


def test_equal_runs_pass_in_nine_of_ten_where_they_can_see_half_of_the_limit() -> None:
    found = simulated(1.0, 0.05, luck=0.01, generations=8)
    assert sum(set(family) == {"within"} for family in found) >= 0.9 * RUNS
