import numpy as np
import pytest
from numpy.typing import NDArray

from bench.stats.intervals import Interval
from bench.stats.scaling import ScalingFit, fit_scaling

CONCURRENCIES = (1, 2, 4, 8, 16, 24, 32, 48)
Points = list[tuple[float, float, float | None]]


def law(concurrency: float, lambda_per_s: float, alpha: float, beta: float) -> float:
    return lambda_per_s * concurrency / (1 + alpha * (concurrency - 1) + beta * concurrency * (concurrency - 1))


def points(lambda_per_s: float, alpha: float, beta: float, noise: NDArray[np.float64] | None = None) -> Points:
    factors = np.ones(len(CONCURRENCIES)) if noise is None else 1 + noise
    return [
        (n, law(n, lambda_per_s, alpha, beta) * factor, None) for n, factor in zip(CONCURRENCIES, factors, strict=True)
    ]


def noisy_fits(alpha: float, beta: float, spread: float = 0.02) -> list[ScalingFit]:
    rng = np.random.default_rng(1)
    noises = rng.normal(0, spread, (200, len(CONCURRENCIES)))
    return [fit_scaling(points(800, alpha, beta, noise)) for noise in noises]


def share_held(intervals: list[Interval], truth: float) -> float:
    return float(np.mean([interval.low <= truth <= interval.high for interval in intervals]))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("lambda_per_s", "alpha", "beta"),
    [(1000, 0.05, 0.001), (0.3, 0.5, 0.01), (5e6, 0, 0.004), (100, 0.1, 0), (50, 0, 0)],
)
def test_exact_points_give_their_parameters_back(lambda_per_s: float, alpha: float, beta: float) -> None:
    scaling = fit_scaling(points(lambda_per_s, alpha, beta))
    assert scaling.lambda_per_s.value == pytest.approx(lambda_per_s)
    assert scaling.alpha.value == pytest.approx(alpha, abs=1e-6)
    assert scaling.beta.value == pytest.approx(beta, abs=1e-8)
    assert scaling.predict(12) == pytest.approx(law(12, lambda_per_s, alpha, beta))


@pytest.mark.parametrize(("alpha", "beta"), [(0.05, 0.001), (0.02, 0.02), (0, 0.004), (0.1, 0), (0, 0)])
def test_nineteen_of_twenty_intervals_hold_the_truth(alpha: float, beta: float) -> None:
    fits = noisy_fits(alpha, beta)
    assert share_held([fit.lambda_per_s for fit in fits], 800) >= 0.91
    assert share_held([fit.alpha for fit in fits], alpha) >= 0.91
    assert share_held([fit.beta for fit in fits], beta) >= 0.91


def test_intervals_hold_though_the_standard_errors_are_ten_times_too_small() -> None:
    rng = np.random.default_rng(2)
    fits = []
    for _ in range(200):
        noise = rng.normal(0, 1, len(CONCURRENCIES)) * np.linspace(5, 50, len(CONCURRENCIES))
        truths = [law(n, 800, 0.05, 0.001) for n in CONCURRENCIES]
        errors = np.linspace(0.5, 5, len(CONCURRENCIES))
        fits.append(fit_scaling(list(zip(CONCURRENCIES, truths + noise, errors, strict=True))))
    assert share_held([fit.alpha for fit in fits], 0.05) == pytest.approx(0.95, abs=0.04)
    assert share_held([fit.beta for fit in fits], 0.001) == pytest.approx(0.95, abs=0.04)


def test_a_point_with_a_large_standard_error_weighs_little() -> None:
    measured: Points = [
        (n, x * (1.5 if n == 8 else 1), 50 * x if n == 8 else 0.01 * x) for n, x, _ in points(800, 0.05, 0.001)
    ]
    assert fit_scaling(measured).alpha.value == pytest.approx(0.05, rel=0.01)


def test_a_peak_within_what_was_measured_is_told_and_followed_beyond() -> None:
    scaling = fit_scaling(points(1000, 0.05, 0.001))
    assert scaling.knee
    assert scaling.peak_concurrency == pytest.approx(np.sqrt(0.95 / 0.001))
    assert scaling.predict(100) == pytest.approx(law(100, 1000, 0.05, 0.001))


def test_a_peak_beyond_what_was_measured_is_not_told() -> None:
    scaling = fit_scaling(points(1000, 0.05, 0.0001))  # its peak is at 97
    assert not scaling.knee
    assert scaling.peak_concurrency is None
    assert scaling.predict(48) == pytest.approx(law(48, 1000, 0.05, 0.0001))
    with pytest.raises(ValueError, match="no knee up to concurrency 48, so nothing is known about 49: measure higher"):
        scaling.predict(49)


@pytest.mark.parametrize(("alpha", "beta"), [(0.1, 0), (0.5, 0), (0, 0)])
def test_where_there_is_no_peak_noise_hardly_ever_makes_one(alpha: float, beta: float) -> None:
    assert np.mean([fit.knee for fit in noisy_fits(alpha, beta, spread=0.05)]) <= 0.05


def test_a_peak_is_found_through_noise() -> None:
    fits = noisy_fits(0.05, 0.002)
    assert np.mean([fit.knee for fit in fits]) >= 0.95
    peaks = [fit.peak_concurrency for fit in fits if fit.peak_concurrency]
    assert np.quantile(peaks, [0.05, 0.95]) == pytest.approx(np.sqrt(0.95 / 0.002), rel=0.15)


@pytest.mark.parametrize("power", [-0.2, 0, 1, 1.3])
def test_what_the_law_does_not_know_is_fitted_without_a_warning(power: float) -> None:
    scaling = fit_scaling([(n, 10 * n**power, None) for n in CONCURRENCIES])
    assert scaling.alpha.value >= 0
    assert scaling.beta.value >= 0


def test_repeated_concurrencies_are_points_of_their_own_but_not_different() -> None:
    assert fit_scaling(points(800, 0.05, 0.002) * 3).alpha.value == pytest.approx(0.05)
    with pytest.raises(ValueError, match="needs 6 different concurrencies or more, not 5"):
        fit_scaling(points(800, 0.05, 0.001)[:5] * 3)


@pytest.mark.parametrize("wrong", [(0.5, 10, None), (64, 0, None), (64, -1, None), (64, float("nan"), None)])
def test_impossible_points_are_refused(wrong: tuple[float, float, float | None]) -> None:
    with pytest.raises(ValueError, match="concurrencies must be 1 or more"):
        fit_scaling([*points(800, 0.05, 0.001), wrong])


def test_a_standard_error_is_above_0_and_given_for_all_points_or_none() -> None:
    measured = points(800, 0.05, 0.001)
    with pytest.raises(ValueError, match="standard errors must be above 0"):
        fit_scaling([(n, x, 0.0) for n, x, _ in measured])
    with pytest.raises(ValueError, match="1 of 9 points have a standard error: each point needs one, or none"):
        fit_scaling([*measured, (64, 500, 1)])


def test_no_concurrency_is_below_1() -> None:
    with pytest.raises(ValueError, match="1 or more, not 0"):
        fit_scaling(points(800, 0.05, 0.001)).predict(0)
