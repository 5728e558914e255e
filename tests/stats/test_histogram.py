import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats.histogram import Histogram

whole = st.integers(min_value=-(2**63), max_value=2**63 - 1)
durations = st.integers(min_value=0, max_value=2**63 - 1)
few = st.lists(whole, max_size=60)


@given(few)
def test_every_sample_is_counted(samples_ns: list[int]) -> None:
    histogram = Histogram.of(samples_ns)
    assert histogram.total == len(samples_ns)
    assert histogram.values_ns.dtype == histogram.counts.dtype == np.int64


@given(durations)
def test_a_value_is_off_by_a_two_thousandth_at_most_and_is_not_moved_again(value_ns: int) -> None:
    [kept_ns] = Histogram.of([value_ns]).values_ns.tolist()
    assert abs(kept_ns - value_ns) <= 0.0005 * value_ns
    assert Histogram.of([kept_ns]).values_ns.tolist() == [kept_ns]


@pytest.mark.parametrize("power", range(11, 63))
def test_the_edges_of_powers_of_two_are_in_buckets_of_their_own(power: int) -> None:
    assert Histogram.of([2**power - 1, 2**power]).counts.tolist() == [1, 1]


@given(st.lists(st.integers(max_value=2047, min_value=-(2**63)), min_size=1))
def test_short_and_negative_durations_are_kept_exactly(samples_ns: list[int]) -> None:
    assert Histogram.of(samples_ns).values_ns.tolist() == sorted(set(samples_ns))


@given(st.lists(durations, min_size=1, max_size=200), st.floats(min_value=0, max_value=1))
def test_a_quantile_is_that_of_the_samples_to_a_two_thousandth(samples_ns: list[int], p: float) -> None:
    exact_ns = int(np.quantile(np.asarray(samples_ns), p, method="inverted_cdf"))
    assert abs(Histogram.of(samples_ns).quantile(p) - exact_ns) <= 0.0005 * exact_ns


def test_a_quantile_is_right_among_a_million_samples() -> None:
    samples_ns = np.random.default_rng(1).lognormal(15, 1, 1_000_000).astype(np.int64)
    histogram = Histogram.of(samples_ns)
    assert len(histogram.values_ns) < 20_000
    for p in (0.001, 0.5, 0.99, 0.99999, 1):
        assert histogram.quantile(p) == pytest.approx(np.quantile(samples_ns, p, method="inverted_cdf"), rel=0.0005)


@given(few, few, few)
def test_merging_is_counting_all_samples_in_any_order(one: list[int], two: list[int], three: list[int]) -> None:
    a, b, c = map(Histogram.of, (one, two, three))
    merged = Histogram.merged([a, b, c])
    assert merged == Histogram.of(one + two + three)
    assert merged == Histogram.merged([c, a, b])
    assert merged == Histogram.merged([a, Histogram.merged([b, c])]) == Histogram.merged([Histogram.merged([a, b]), c])


def test_nothing_merged_is_empty() -> None:
    assert Histogram.merged([]).total == 0
    assert Histogram.merged([]) == Histogram.of([])


def test_counts_stay_exact_where_a_float_would_not() -> None:
    many = Histogram(np.array([7]), np.array([2**53]))
    assert Histogram.merged([many, Histogram.of([7])]).total == 2**53 + 1


def test_the_share_above_a_limit_leaves_out_the_limit() -> None:
    histogram = Histogram.of([-5, 0, 10, 10, 20, 3_000_000])
    assert histogram.share_above(10) == pytest.approx(2 / 6)
    assert histogram.share_above(-6) == 1
    assert histogram.share_above(4_000_000) == 0


def test_an_empty_histogram_has_no_figures() -> None:
    empty = Histogram.of([])
    with pytest.raises(ValueError, match="empty"):
        empty.quantile(0.5)
    with pytest.raises(ValueError, match="empty"):
        empty.share_above(1)


@pytest.mark.parametrize("p", [-0.1, 1.01, float("nan")])
def test_a_share_is_between_0_and_1(p: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        Histogram.of([1]).quantile(p)


@pytest.mark.parametrize("samples", [[1.5], [2**63], np.array([1.0]), np.array([1], dtype=np.uint64), ["1"]])
def test_only_whole_numbers_of_64_bits_are_counted(samples: list[int]) -> None:
    with pytest.raises(TypeError):
        Histogram.of(samples)


def test_generators_and_smaller_arrays_are_counted_too() -> None:
    expected = Histogram.of([1, 2, 2])
    assert Histogram.of(value for value in (2, 1, 2)) == expected
    assert Histogram.of(np.array([2, 1, 2], dtype=np.int32)) == expected


@pytest.mark.parametrize(("values", "counts"), [([2, 1], [1, 1]), ([1, 1], [1, 1]), ([1], [0]), ([1, 2], [1])])
def test_a_histogram_that_contradicts_itself_is_refused(values: list[int], counts: list[int]) -> None:
    with pytest.raises(ValueError, match=r"histogram|count"):
        Histogram(np.array(values), np.array(counts))


def test_a_histogram_is_nothing_else() -> None:
    assert Histogram.of([1]) != 1
