import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.stats.histogram import Histogram
from bench.stats.intervals import Interval, _drawn_quantiles, fewest_samples, paired_ratio, quantiles, rate

logs = st.floats(min_value=-5, max_value=5)


def quantile_of(
    generations: list[list[list[int]]], p: float, rng: np.random.Generator | None = None
) -> Interval | None:
    histograms = [[Histogram.of(samples) for samples in blocks] for blocks in generations]
    (interval,) = quantiles(histograms, [p], rng or np.random.default_rng(1))
    return interval


def test_a_percentile_needs_ten_samples_beyond_it() -> None:
    assert [fewest_samples(p) for p in (0.5, 0.95, 0.99, 0.999)] == [20, 200, 1000, 10_000]
    assert quantile_of([[[1] * 199]], 0.95) is None
    assert quantile_of([[[1] * 200]], 0.95) is not None


def test_a_quantile_without_samples_is_none() -> None:
    assert quantile_of([], 0.5) is None


def test_few_blocks_have_a_value_and_no_interval() -> None:
    interval = quantile_of([[[1, 2, 3] * 10] * 4], 0.5)
    assert interval is not None
    assert (interval.value, interval.low, interval.high) == (2, None, None)


def test_a_quantile_is_one_of_the_samples_that_were_counted() -> None:
    interval = quantile_of([[[1, 2, 3, 4] * 10] * 6], 0.5)
    assert interval is not None
    assert interval.value == 2


@given(st.integers(min_value=0, max_value=10**6), st.sampled_from([0.5, 0.95, 0.99, 0.999]))
def test_the_quantile_of_a_resample_is_that_of_all_its_samples(seed: int, p: float) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 60, size=rng.integers(1, 20))
    blocks = [Histogram.of(rng.lognormal(rng.normal(7, 1), 0.5, size).astype(int)) for size in sizes]
    times = rng.multinomial(len(blocks), np.full(len(blocks), 1 / len(blocks)), size=10)
    drawn = [
        Histogram.merged(block for block, count in zip(blocks, row, strict=True) for _ in range(count)).quantile(p)
        for row in times
    ]
    values_ns = Histogram.merged(blocks).values_ns
    (found,) = _drawn_quantiles(values_ns, blocks, [p], times)
    assert found.tolist() == drawn


def test_several_quantiles_are_those_that_each_would_be_by_itself() -> None:
    rng = np.random.default_rng(3)
    generations = [[Histogram.of(rng.lognormal(13, 0.3, 50).astype(int)) for _ in range(6)] for _ in range(5)]
    shares = [0.5, 0.95, 0.99, 0.999]
    together = quantiles(generations, shares, np.random.default_rng(1))
    assert together == [quantiles(generations, [p], np.random.default_rng(1))[0] for p in shares]
    assert [interval is None for interval in together] == [False, False, False, True]


def test_a_quantile_of_nothing_but_zeros_has_a_value_and_no_interval() -> None:
    assert quantile_of([[[0] * 30] * 9], 0.5) == Interval(0.0)


def test_the_interval_comes_from_the_spread_between_blocks_not_from_the_number_of_calls() -> None:
    rng = np.random.default_rng(1)
    few_calls = [list(rng.normal(1000 + shift, 1, 20).astype(int)) for shift in rng.normal(0, 50, 40)]
    many_calls = [block * 50 for block in few_calls]
    narrow, same = (quantile_of([blocks], 0.5) for blocks in (many_calls, few_calls))
    assert narrow is not None
    assert same is not None
    assert narrow.high - narrow.low == pytest.approx(same.high - same.low, rel=0.1)  # type: ignore[operator]


@pytest.mark.parametrize("generations", [1, 8])
@pytest.mark.parametrize("p", [0.5, 0.95])
def test_nineteen_of_twenty_intervals_of_a_quantile_hold_the_truth(p: float, generations: int) -> None:
    rng = np.random.default_rng(3)
    truth = -np.log(1 - p) * 1e6
    held = 0
    for _ in range(100):
        samples = rng.exponential(1e6, (generations, 40 // generations, 20)).astype(int).tolist()
        interval = quantile_of(samples, p, rng)
        assert interval is not None
        held += interval.low <= truth <= interval.high
    assert 88 <= held <= 100


def test_a_rate_is_all_events_over_all_time() -> None:
    interval = rate([[(10, 10**9), (30, 10**9)]], np.random.default_rng(1))
    assert interval is not None
    assert interval.value == 20
    assert rate([], np.random.default_rng(1)) is None


def made(
    generations: int, blocks: int, luck: float, rng: np.random.Generator, *, heavy: bool = False
) -> list[list[float]]:
    """Make log ratios of equal subjects, with processes' luck and the spread of blocks."""
    noise: NDArray[np.float64] = (
        rng.standard_t(3, (generations, blocks)) if heavy else rng.normal(size=(generations, blocks))
    )
    return (rng.normal(0, luck, (generations, 1)) + 0.04 * noise).tolist()  # type: ignore[no-any-return]


@given(logs, st.integers(min_value=1, max_value=8), st.integers(min_value=1, max_value=9))
def test_a_constant_ratio_is_found_exactly(log: float, generations: int, blocks: int) -> None:
    ratio = paired_ratio([[log] * blocks] * generations, np.random.default_rng(1))
    assert ratio.value == pytest.approx(np.exp(log))
    assert ratio.generations == generations
    assert (ratio.low is None) == (generations == 1 and blocks < 5)


def test_the_inverse_ratio_has_the_inverse_interval() -> None:
    there = made(6, 20, 0.02, np.random.default_rng(1))
    back = [[-log for log in generation] for generation in there]
    one, other = (paired_ratio(logs, np.random.default_rng(2)) for logs in (there, back))
    assert one.value == pytest.approx(1 / other.value)
    assert one.low == pytest.approx(1 / other.high)  # type: ignore[operator]


@pytest.mark.parametrize("heavy", [False, True], ids=["normal", "heavy tails"])
@pytest.mark.parametrize("luck", [0, 0.005, 0.03])
@pytest.mark.parametrize("generations", [4, 10])
def test_nineteen_of_twenty_intervals_of_a_ratio_hold_the_truth(generations: int, luck: float, heavy: bool) -> None:
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(150):
        ratio = paired_ratio(made(generations, 30, luck, rng, heavy=heavy), rng)
        held += ratio.low <= 1 <= ratio.high  # type: ignore[operator]
    assert held >= 136


def test_without_fresh_processes_an_interval_is_about_these_processes() -> None:
    rng = np.random.default_rng(4)
    ratios = [paired_ratio(made(1, 40, 0.0, rng), rng) for _ in range(150)]
    assert sum(ratio.low <= 1 <= ratio.high for ratio in ratios) >= 136  # type: ignore[operator]


def test_a_difference_of_the_detectable_size_is_seen_in_four_of_five_runs() -> None:
    rng = np.random.default_rng(5)
    shift = np.log1p(np.mean([paired_ratio(made(8, 20, 0.02, rng), rng).detectable for _ in range(100)]))
    seen = 0
    for _ in range(200):
        logs = [[log + shift for log in generation] for generation in made(8, 20, 0.02, rng)]
        seen += paired_ratio(logs, rng).low > 1  # type: ignore[operator]
    assert 0.70 <= seen / 200 <= 0.95


def test_one_outlier_in_fifty_blocks_moves_the_ratio_little() -> None:
    logs = made(5, 50, 0.0, np.random.default_rng(6))
    clean = paired_ratio(logs, np.random.default_rng(1))
    logs[2][7] += 5
    assert paired_ratio(logs, np.random.default_rng(1)).value == pytest.approx(clean.value, rel=0.002)
