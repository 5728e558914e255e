"""Numbers print as a reader expects them, at every size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records.figures import Estimate, Ratio
from bench.text.numbers import (
    MISSING,
    detectable,
    duration,
    duration_figure,
    number_figure,
    percent,
    percentile,
    rate,
    rate_figure,
    ratio_bounds,
    ratio_figure,
    share_figure,
    size,
    size_figure,
    time_left,
    timeout_text,
    times,
)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 ns"),
        (7, "7 ns"),
        (412_000, "412 us"),
        (999_400, "999 us"),
        (999_600, "1 ms"),
        (1_234_000, "1.23 ms"),
        (8_600_000, "8.6 ms"),
        (99_960_000, "100 ms"),
        (1_450_000_000, "1.45 s"),
        (1_450_000_000_000, "1,450 s"),
        (None, MISSING),
    ],
)
def test_a_duration_has_three_digits_and_the_unit_that_suits_it(nanoseconds: float | None, text: str) -> None:
    assert duration(nanoseconds) == text


@given(st.floats(min_value=0.01, max_value=1e15))
def test_no_duration_is_printed_in_powers_of_ten(nanoseconds: float) -> None:
    assert "e" not in duration(nanoseconds)


@pytest.mark.parametrize(
    ("per_second", "text"),
    [(2013.4, "2,013 /s"), (99.96, "100 /s"), (4.02, "4.02 /s"), (0.654, "0.654 /s"), (None, MISSING)],
)
def test_a_small_rate_keeps_its_digits(per_second: float | None, text: str) -> None:
    assert rate(per_second) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0093, "0.9 %"), (0.0996, "10 %"), (0.12, "12 %"), (0.0004, "<0.1 %"), (0, "0.0 %"), (None, MISSING)],
)
def test_a_percentage_has_a_digit_after_the_point_while_it_is_small(share: float | None, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (1.73, 1.7, 1.76, "1.73x (1.70 to 1.76)"),
        (0.807, 0.803, 0.812, "0.807x (0.803 to 0.812)"),
        (43.21, 41.0, 44.0, "43.2x (41.0 to 44.0)"),
        (0.0482, 0.0475, 0.0489, "0.048x (0.048 to 0.049)"),
        (1.5, None, None, "1.50x"),
    ],
)
def test_a_ratio_has_as_many_digits_as_its_interval_needs(
    value: float, low: float | None, high: float | None, text: str
) -> None:
    assert str(ratio_figure(Ratio(to="redis", value=value, low=low, high=high, blocks=9))) == text


def test_an_interval_has_the_unit_and_the_decimals_of_its_value() -> None:
    assert str(duration_figure(Estimate(value=990_000, low=940_000, high=1_040_000))) == "990 us (940 to 1,040)"
    assert str(duration_figure(Estimate(value=2_540_000, low=2_500_000, high=2_571_000))) == "2.54 ms (2.50 to 2.57)"
    assert str(rate_figure(Estimate(value=4.02, low=3.8, high=4.26))) == "4.02 (3.80 to 4.26)"


def test_a_missing_figure_is_an_en_dash() -> None:
    assert {str(figure(None)) for figure in (duration_figure, rate_figure, ratio_figure)} == {MISSING}
    assert str(duration_figure(Estimate(value=5))) == "5 ns"


def test_percentiles_sizes_and_times_to_wait_have_names() -> None:
    assert [percentile(share) for share in (0.5, 0.99, 0.9999)] == ["p50", "p99", "p99.99"]
    assert [size(count) for count in (512, 1024, 8 << 30)] == ["512 bytes", "1 KiB", "8 GiB"]
    assert [time_left(seconds) for seconds in (-1, 42.4, 80)] == ["0 s", "42 s", "1 min 20 s"]


def test_a_timeout_is_shown_as_somebody_set_it() -> None:
    shown = [timeout_text(seconds) for seconds in (5, 150, 1800, 3600, 43200)]
    assert shown == ["5 s", "2 min 30 s", "30 min", "1 h", "12 h"]


def test_how_often_is_once_or_a_number_of_times() -> None:
    assert [times(count) for count in (0, 1, 2)] == ["0 times", "once", "2 times"]


@pytest.mark.parametrize(
    ("bytes_", "text"),
    [(812.4, "812 bytes"), (1422.25, "1.39 KiB"), (-3072, "-3 KiB"), (0, "0 bytes"), (None, MISSING)],
)
def test_a_size_may_be_a_mean_and_may_have_shrunk(bytes_: float | None, text: str) -> None:
    assert size(bytes_) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"), [(-35_000, "-35 us"), (-2_540_000, "-2.54 ms"), (-0.5, "-0.5 ns"), (1e-5, "0.0000100 ns")]
)
def test_a_phase_may_be_negative(nanoseconds: float, text: str) -> None:
    assert duration(nanoseconds) == text


def test_the_ends_of_an_interval_have_three_digits_beyond_a_power_of_ten() -> None:
    assert str(duration_figure(Estimate(value=9_780_000, low=9_380_000, high=10_180_000))) == "9.78 ms (9.38 to 10.2)"
    assert str(rate_figure(Estimate(value=99.6, low=98.2, high=100.9))) == "99.6 (98.2 to 101)"


def test_figures_about_zero_share_their_decimals() -> None:
    assert str(size_figure(Estimate(value=12, low=-3000, high=3100))) == "0.01 KiB (-2.93 to 3.03)"
    assert str(number_figure(Estimate(value=0.0021, low=0.00147, high=0.00273))) == "0.0021 (0.0015 to 0.0027)"
    assert str(number_figure(Estimate(value=0, low=0, high=0.0004))) == "0.00000 (0.00000 to 0.00040)"
    assert str(number_figure(Estimate(value=0))) == "0"


def test_a_share_has_the_decimals_of_a_percentage() -> None:
    assert str(share_figure(Estimate(value=0.62, low=0.604, high=0.64))) == "62 % (60 to 64)"
    assert str(share_figure(Estimate(value=0.031, low=0.029, high=0.033))) == "3.1 % (2.9 to 3.3)"
    assert str(share_figure(Estimate(value=1.2))) == "120 %"
    assert str(share_figure(None)) == str(size_figure(None)) == str(number_figure(None)) == MISSING


@pytest.mark.parametrize(("share", "text"), [(None, "\N{EN DASH}"), (0.03, "3.0 %"), (9.9, "990 %"), (34.2, "nothing")])
def test_a_detectable_difference_that_is_huge_is_none(share: float | None, text: str) -> None:
    assert detectable(share) == text


def test_a_ratio_with_an_interval_that_says_nothing_says_so() -> None:
    wide = Ratio(to="redis", value=1.02, low=0.0027, high=379.82, blocks=2)
    assert str(ratio_figure(wide)) == "1.02x (too few blocks to say)"
    assert ratio_bounds(wide) is None
    assert ratio_figure(wide.model_copy(update={"low": 0.5, "high": 2.0})).interval == "0.50 to 2.00"
    assert ratio_figure(wide.model_copy(update={"low": None, "high": None})).interval == ""
