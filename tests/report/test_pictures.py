"""Scales, and the points that pictures are drawn from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results import make_result, warmup_result

from bench.report.points import by_percentile, over_blocks, percentiles_shown
from bench.report.svg import log_ticks, scale_over, shortened

_POSITIVE = st.floats(min_value=1e-3, max_value=1e12)


@given(st.lists(_POSITIVE, min_size=1, max_size=9))
def test_every_value_lies_on_its_scale_in_order(values: list[float]) -> None:
    scale = scale_over(values, 10, 410)
    places = [scale(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(10 - 1e-6 <= place <= 410 + 1e-6 for place in places)


@given(st.lists(_POSITIVE, min_size=1, max_size=9))
def test_every_scale_has_a_few_ticks_that_lie_on_it(values: list[float]) -> None:
    scale = scale_over(values, 10, 410)
    assert 1 <= len(scale.ticks) <= 7
    assert all(scale.low <= tick <= scale.high for tick in scale.ticks)


def test_a_scale_is_logarithmic_when_its_range_is_over_ten() -> None:
    assert not scale_over([1, 10], 0, 100).logarithmic
    assert scale_over([1, 11], 0, 100).logarithmic
    assert scale_over([], 0, 100).ticks[0] == 0


def test_ticks_of_a_wide_logarithmic_scale_are_thinned() -> None:
    assert log_ticks(2, 50) == (2, 5, 10, 20, 50)
    assert log_ticks(1, 50) == (1, 3, 10, 30)
    assert log_ticks(1, 1e9) == (1, 100, 10_000, 1e6, 1e8)


def test_a_curve_by_percentile_rises_and_ends_where_ten_samples_lie_beyond() -> None:
    points = by_percentile(make_result(blocks=50), "redis")
    assert [time for _, time in points] == sorted(time for _, time in points)
    assert points[0][0] == 0
    assert points[-1][0] == pytest.approx(1 - 10 / 1000)


def test_percentiles_without_ten_samples_beyond_are_not_shown() -> None:
    assert list(percentiles_shown(make_result(blocks=10), "redis")) == [0.5, 0.9, 0.95]
    assert list(percentiles_shown(make_result(blocks=50), "redis")) == [0.5, 0.9, 0.95, 0.99]


def test_warmup_is_in_no_picture() -> None:
    assert by_percentile(warmup_result(), "redis") == []
    assert over_blocks(warmup_result(), "throughput", "redis") == []


def test_many_blocks_are_drawn_as_at_most_forty_points_at_the_same_blocks_for_all() -> None:
    result = make_result(blocks=333)
    points = {label: over_blocks(result, "enqueue", label) for label in ("redis", "rabbitmq")}
    assert len(points["redis"]) <= 40
    assert [block for block, _ in points["redis"]] == [block for block, _ in points["rabbitmq"]]


def test_few_blocks_are_each_a_point() -> None:
    assert len(over_blocks(make_result(drains=12), "throughput", "redis")) == 12


def test_a_long_label_is_cut_with_an_ellipsis() -> None:
    assert shortened("rabbitmq", 8) == "rabbitmq"
    assert shortened("rabbitmq", 7) == "rabbit\N{HORIZONTAL ELLIPSIS}"
