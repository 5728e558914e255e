import math

import numpy as np
import pytest

from bench.stats.intervals import PairedRatio, paired_ratio
from bench.stats.looks import LookOutcome, beyond_and_within, outcome_at
from bench.stats.settling import LONGEST_S, grown, needed_budgets_s, needed_for_margin_s

BUDGET_S = 60


def measured(slower: float, generations: int, rng: np.random.Generator) -> PairedRatio:
    """Measure sides of that ratio, with a luck of 3 % of each generation's processes."""
    logs = [math.log(slower) + rng.normal(0, 0.03) + rng.normal(0, 0.03, 6) for _ in range(generations)]
    return paired_ratio(logs, np.random.default_rng(1))


def outcome(ratio: PairedRatio) -> LookOutcome:
    return outcome_at(beyond_and_within(ratio, "less", 0.05), 0.04, 0.04)


def needed(ratio: PairedRatio) -> float | None:
    (found,) = needed_budgets_s(BUDGET_S, lambda times: [outcome(grown(ratio, times)) != "inconclusive"])
    return found


@pytest.mark.parametrize("slower", [1.02, 1.08])
def test_a_run_of_the_named_budget_settles_most_of_what_was_open(slower: float) -> None:
    rng, again = np.random.default_rng(3), []
    for _ in range(40):
        first = measured(slower, 6, rng)
        if outcome(first) == "inconclusive" and (budget_s := needed(first)):
            again.append(outcome(measured(slower, round(6 * budget_s / BUDGET_S), rng)))
    assert len(again) > 10
    assert sum(one != "inconclusive" for one in again) > 0.7 * len(again)


def test_a_ratio_of_a_longer_run_is_as_large_and_its_error_shrinks_with_the_root() -> None:
    short = measured(1.1, 6, np.random.default_rng(1))
    longer = grown(short, 4)
    assert longer.value == pytest.approx(short.value)
    assert longer.generations == 24
    assert short.error is not None
    assert longer.error == pytest.approx(short.error / 2)


def test_nothing_is_suggested_that_takes_longer_than_an_hour() -> None:
    assert needed_budgets_s(BUDGET_S, lambda times: [times > LONGEST_S / BUDGET_S, times > 2]) == [
        None,
        pytest.approx(BUDGET_S * 2 * 1.1**8),
    ]
    assert needed_budgets_s(0, lambda _: [False]) == [None]


def test_what_a_run_detects_shrinks_with_the_root_of_its_budget() -> None:
    assert needed_for_margin_s(20, 0.04, 0.02) == pytest.approx(20 * (math.log(1.04) / math.log(1.02)) ** 2)
    assert needed_for_margin_s(20, 2.0, 0.02) is None
    assert needed_for_margin_s(20, 0.01, 0) is None
