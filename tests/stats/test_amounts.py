"""What one thing costs and adds, where the truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.stats.amounts import FEWEST_FOR_A_SLOPE, amount_of_one, growth_of_one

RUNS = 2000
SETS = st.lists(st.tuples(st.integers(1, 10**4), st.integers(-(10**12), 10**12)), min_size=1, max_size=30)


@given(SETS)
def test_one_thing_costs_all_by_all(sets: list[tuple[int, int]]) -> None:
    interval = amount_of_one(sets)
    assert interval is not None
    things, amounts = map(sum, zip(*sets, strict=True))
    assert interval.value == pytest.approx(amounts / things)
    assert (interval.low is None) == (len(sets) < 3)


@given(st.lists(st.integers(0, 10**12), min_size=3, max_size=30), st.integers(1, 10**4))
def test_sets_of_one_size_have_the_t_interval_of_the_mean(amounts: list[int], size: int) -> None:
    interval = amount_of_one([(size, amount) for amount in amounts])
    each = np.asarray(amounts) / size
    half = stats.t.ppf(0.975, len(each) - 1) * stats.sem(each)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((each.mean() - half, each.mean() + half), abs=1e-3)


def test_nothing_has_no_amount() -> None:
    assert amount_of_one([]) is None
    assert amount_of_one([(0, 5)]) is None


@pytest.mark.parametrize("sizes", [[200] * 4, [200] * 12, [100, 200, 400, 300, 150, 250]])
def test_the_interval_of_an_amount_holds_the_truth_in_95_of_100_runs(sizes: list[int]) -> None:
    rng = np.random.default_rng(1)
    things = np.asarray(sizes)
    held = 0
    for _ in range(RUNS):
        amounts = 7 * things * rng.normal(1, 0.1, len(things))
        interval = amount_of_one(list(zip(sizes, amounts, strict=True)))
        assert interval is not None
        assert interval.low is not None
        assert interval.high is not None
        held += interval.low <= 7 <= interval.high
    assert 0.93 <= held / RUNS <= 0.97


@given(st.lists(st.tuples(st.integers(1, 10**4), st.integers(-(10**7), 10**7)), min_size=5, max_size=30))
def test_one_series_grows_by_its_regression(sets: list[tuple[int, int]]) -> None:
    interval = growth_of_one([sets])
    assert interval is not None
    things, levels = np.cumsum(sets, axis=0).T
    fit = stats.linregress(things, levels)
    error = 0.0 if np.ptp(levels) == 0 else fit.stderr  # which is not a number then
    half = stats.t.ppf(0.975, len(sets) - 2) * error
    assert interval.value == pytest.approx(fit.slope, abs=1e-3)
    assert interval.low == pytest.approx(fit.slope - half, rel=1e-5, abs=1)
    assert interval.high == pytest.approx(fit.slope + half, rel=1e-5, abs=1)


def test_fresh_processes_begin_at_a_level_of_their_own() -> None:
    """The first set of each grows by far more than the others: it fills caches."""
    interval = growth_of_one([[(100, 10**6)] + [(100, 300)] * 5, [(100, 10**5)] + [(100, 300)] * 5])
    assert interval is not None
    assert interval.value == pytest.approx(3)


@pytest.mark.parametrize(
    ("lengths", "enough"), [([4], False), ([5], True), ([1] * 20, False), ([2, 3], False), ([3, 3], True), ([], False)]
)
def test_growth_needs_five_sets_of_one_series_or_one_more_for_each_other(lengths: list[int], enough: bool) -> None:
    assert FEWEST_FOR_A_SLOPE == 5
    series = [[(100, 300 + number) for number in range(length)] for length in lengths]
    assert (growth_of_one(series) is not None) == enough


@pytest.mark.parametrize("lengths", [[6], [20], [4, 4, 4]])
def test_the_interval_of_growth_holds_the_truth_in_95_of_100_runs(lengths: list[int]) -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(RUNS):
        series = []
        for length in lengths:
            levels = 3 * 100 * np.arange(length + 1) + rng.normal(0, 500, length + 1)
            series.append([(100, growth) for growth in np.diff(levels)])
        interval = growth_of_one(series)
        assert interval is not None
        assert interval.low is not None
        assert interval.high is not None
        held += interval.low <= 3 <= interval.high
    assert 0.93 <= held / RUNS <= 0.97
