import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats.intervals import fewest_samples, paired_ratio, quantile, rate

positive = st.floats(min_value=1e-3, max_value=1e6)


def test_a_percentile_needs_ten_samples_beyond_it() -> None:
    assert [fewest_samples(p) for p in (0.5, 0.95, 0.99)] == [20, 200, 1000]
    rng = np.random.default_rng(1)
    assert quantile([[1] * 199], 0.95, rng) is None
    assert quantile([[1] * 200], 0.95, rng) is not None


def test_a_quantile_without_samples_is_none() -> None:
    assert quantile([], 0.5, np.random.default_rng(1)) is None


def test_few_blocks_have_a_value_and_no_interval() -> None:
    interval = quantile([[1, 2, 3] * 10] * 4, 0.5, np.random.default_rng(1))
    assert interval is not None
    assert (interval.value, interval.low, interval.high) == (2, None, None)


def test_the_interval_comes_from_the_spread_between_blocks_not_from_the_number_of_calls() -> None:
    rng = np.random.default_rng(1)
    few_calls = [list(rng.normal(1000 + shift, 1, 20).astype(int)) for shift in rng.normal(0, 50, 40)]
    many_calls = [block * 50 for block in few_calls]
    narrow, same = (quantile(blocks, 0.5, np.random.default_rng(2)) for blocks in (many_calls, few_calls))
    assert narrow is not None
    assert same is not None
    assert narrow.high - narrow.low == pytest.approx(same.high - same.low, rel=0.1)  # type: ignore[operator]


@pytest.mark.parametrize("p", [0.5, 0.95])
def test_nineteen_of_twenty_intervals_of_a_quantile_hold_the_truth(p: float) -> None:
    rng = np.random.default_rng(3)
    truth = -np.log(1 - p) * 1e6
    held = 0
    for _ in range(200):
        interval = quantile(rng.exponential(1e6, (40, 20)).astype(int).tolist(), p, rng)
        assert interval is not None
        held += interval.low <= truth <= interval.high  # type: ignore[operator]
    assert 180 <= held <= 199


def test_a_rate_is_all_events_over_all_time() -> None:
    interval = rate([10, 30], [10**9, 10**9], np.random.default_rng(1))
    assert interval is not None
    assert interval.value == 20
    assert rate([], [], np.random.default_rng(1)) is None


@given(st.lists(positive, min_size=1, max_size=30), st.floats(min_value=0.1, max_value=10))
def test_a_constant_factor_is_found_exactly(figures: list[float], factor: float) -> None:
    ratio = paired_ratio([figure * factor for figure in figures], figures)
    assert ratio.value == pytest.approx(factor)
    assert (ratio.low is None) == (len(figures) < 5)


@given(st.lists(st.tuples(positive, positive), min_size=5, max_size=40))
def test_the_inverse_ratio_has_the_inverse_interval(pairs: list[tuple[float, float]]) -> None:
    own, other = zip(*pairs, strict=True)
    there, back = paired_ratio(own, other), paired_ratio(other, own)
    assert there.value == pytest.approx(1 / back.value)
    assert there.low == pytest.approx(1 / back.high)  # type: ignore[operator]
    assert there.low <= there.value <= there.high  # type: ignore[operator]


@pytest.mark.parametrize("blocks", [9, 50, 300])
def test_nineteen_of_twenty_intervals_of_a_ratio_hold_the_truth_under_heavy_tails(blocks: int) -> None:
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(400):
        ratio = paired_ratio(np.exp(0.03 * rng.standard_t(3, blocks)), np.ones(blocks))
        held += ratio.low <= 1 <= ratio.high  # type: ignore[operator]
    assert 370 <= held <= 398


def test_a_difference_of_the_detectable_size_is_seen_in_four_of_five_runs() -> None:
    rng = np.random.default_rng(5)
    spread, blocks = 0.02, 40
    detectable = np.median(
        [paired_ratio(np.exp(rng.normal(0, spread, blocks)), np.ones(blocks)).detectable for _ in range(50)]  # type: ignore[misc]
    )
    seen = 0
    for _ in range(400):
        ratio = paired_ratio(np.exp(rng.normal(np.log1p(detectable), spread, blocks)), np.ones(blocks))
        seen += ratio.low > 1  # type: ignore[operator]
    assert 0.72 <= seen / 400 <= 0.88


def test_one_outlier_in_fifty_blocks_moves_the_ratio_little() -> None:
    rng = np.random.default_rng(6)
    figures = np.exp(rng.normal(0, 0.01, 50))
    clean = paired_ratio(figures, np.ones(50))
    figures[7] *= 100
    assert paired_ratio(figures, np.ones(50)).value == pytest.approx(clean.value, rel=0.002)
