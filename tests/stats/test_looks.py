"""Looks keep their promise: false alarms at most as often as said, also with few generations and their luck."""

import numpy as np
import pytest
from scipy import stats

from bench.stats.intervals import PairedRatio
from bench.stats.looks import SPENT, beyond_and_within, levels, obrien_fleming, outcome_at, spent

ALPHA = 0.05


def test_the_levels_are_the_published_ones() -> None:
    """Bounds of five equal looks at 2.5 % of one side, by the O'Brien-Fleming-type function (Lan and DeMets 1983)."""
    bounds = stats.norm.isf(levels(0.025, [0.2, 0.4, 0.6, 0.8, 1.0], obrien_fleming))
    assert bounds == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=0.002)


def test_one_look_at_the_end_has_all_of_the_error() -> None:
    assert levels(ALPHA, [1.0]) == pytest.approx([ALPHA])


def test_a_look_does_not_depend_on_those_after_it() -> None:
    assert levels(ALPHA, [0.3, 0.5, 1.0])[:2] == pytest.approx(levels(ALPHA, [0.3, 0.5]))


def test_what_is_spent_grows_to_the_whole_error() -> None:
    shares = np.linspace(0.05, 1, 20)
    gone = [spent(ALPHA, share) for share in shares]
    assert gone == sorted(gone)
    assert gone[-1] == pytest.approx(ALPHA)


@pytest.mark.parametrize("shares", [[0.25, 0.5, 0.75, 1.0], [0.1, 0.15, *np.linspace(0.2, 1, 17)], [0.8, 0.8001, 1.0]])
def test_normal_sums_cross_the_bounds_as_often_as_promised(shares: list[float]) -> None:
    steps = np.sqrt(np.diff([0.0, *shares]))
    sums = np.cumsum(np.random.default_rng(5).normal(size=(200_000, len(shares))) * steps, axis=1)
    bounds = stats.norm.isf(levels(ALPHA, shares)) * np.sqrt(shares)
    assert np.mean((sums > bounds).any(axis=1)) == pytest.approx(ALPHA, abs=0.002)


def simulated(
    slower: float, planned: int, runs: int, *, limit: float = 0.05, luck: float = 0.015, alpha: float = SPENT
) -> dict[str, float]:
    """Return how often each outcome comes of runs, and the mean share of looks and most generations that it took."""
    rng = np.random.default_rng(planned)
    means = np.log1p(slower) + rng.normal(0, luck, size=(runs, planned)) + rng.normal(0, 0.01, size=(runs, planned))
    looks = range(2, planned + 1)
    shares = [look / planned for look in looks]
    allowed = levels(alpha, shares)
    outcomes, used = np.full(runs, "inconclusive", dtype=object), np.full(runs, planned)
    for look, level in zip(looks, allowed, strict=True):
        open_ = outcomes == "inconclusive"
        error = means[:, :look].std(axis=1, ddof=1) / np.sqrt(look)
        over = (means[:, :look].mean(axis=1) - np.log1p(limit)) / error
        for outcome, chance in (("regressed", stats.t.sf(over, look - 1)), ("within", stats.t.cdf(over, look - 1))):
            newly = open_ & (chance < level)
            outcomes[newly], used[newly] = outcome, look
    return {name: float(np.mean(outcomes == name)) for name in ("regressed", "within", "inconclusive")} | {
        "used": float(used.mean()) / planned,
        "late": float(np.quantile(used, 0.95)),
    }


@pytest.mark.parametrize("planned", [2, 3, 5, 8, 20])
@pytest.mark.parametrize("luck", [0.0, 0.04])
def test_at_the_limit_itself_either_answer_is_wrong_in_at_most_five_of_a_hundred(planned: int, luck: float) -> None:
    found = simulated(slower=0.05, planned=planned, runs=20_000, luck=luck)
    assert found["regressed"] <= ALPHA
    assert found["within"] <= ALPHA


def test_an_alarm_in_any_of_five_metrics_is_wrong_in_at_most_five_of_a_hundred() -> None:
    found = simulated(slower=0.05, planned=20, runs=40_000, luck=0.04, alpha=SPENT / 5)
    assert 5 * found["regressed"] <= ALPHA


@pytest.mark.parametrize("slower", [2.0, 29.0])
def test_a_side_that_is_three_times_slower_is_found_within_four_generations(slower: float) -> None:
    found = simulated(slower=slower, planned=20, runs=4000, luck=0.04, alpha=SPENT / 5)
    assert found["regressed"] == 1.0
    assert found["late"] <= 4


def test_equal_sides_raise_no_alarm_and_are_done_early() -> None:
    found = simulated(slower=0.0, planned=12, runs=4000)
    assert found["regressed"] == 0.0
    assert found["within"] > 0.99
    assert found["used"] < 0.7


def test_a_regression_of_twice_the_limit_is_found() -> None:
    found = simulated(slower=0.10, planned=8, runs=4000)
    assert found["regressed"] > 0.97
    assert found["within"] == 0.0


def ratio(value: float, error: float | None = 0.01) -> PairedRatio:
    return PairedRatio(value, error=error, freedom=7, generations=8)


def test_a_time_is_worse_when_longer_and_a_rate_when_lower() -> None:
    assert outcome_at(beyond_and_within(ratio(1.2), "less", 0.05), 0.01, 0.01) == "regressed"
    assert outcome_at(beyond_and_within(ratio(1.2), "more", 0.05), 0.01, 0.01) == "within"
    assert outcome_at(beyond_and_within(ratio(0.8), "more", 0.05), 0.01, 0.01) == "regressed"
    assert outcome_at(beyond_and_within(ratio(1.0), "less", 0.05), 0.01, 0.01) == "within"
    assert outcome_at(beyond_and_within(ratio(1.05), "less", 0.05), 0.01, 0.01) == "inconclusive"
    assert outcome_at(beyond_and_within(ratio(1.2, None), "less", 0.05), 0.01, 0.01) == "inconclusive"
