"""The growth of what a process holds: what is drift, what is only warm-up, and how often it errs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.stats.drift import FEWEST_SAMPLES, Growth, growth_with

SAMPLES, RUNS = 64, 100
TASKS = np.arange(SAMPLES) * 47.0
KIB = 1024.0
LEAST = 256 * KIB
Series = NDArray[np.float64]


def _growth(values: Series) -> Growth:
    growth = growth_with(TASKS.tolist(), values.tolist())
    assert growth is not None
    return growth


def _warm_up(share: float) -> Series:
    return 2e6 * (1 - np.exp(-np.arange(SAMPLES) / SAMPLES / share))


@settings(deadline=None, max_examples=50)
@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e3), st.integers(0, 2**32 - 1))
def test_a_level_does_not_matter_and_a_scale_carries_over(level: float, scale: float, seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, 1, SAMPLES) + TASKS / 100
    plain, changed = _growth(values), _growth(scale * values + level)
    assert changed.slope == pytest.approx(scale * plain.slope, rel=1e-6, abs=1e-9 * scale)
    assert changed.high - changed.low == pytest.approx(scale * (plain.high - plain.low), rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_the_slope_is_within_its_interval_and_turns_with_the_series(seed: int) -> None:
    values = np.cumsum(np.random.default_rng(seed).normal(0, 1, SAMPLES))
    plain, turned = _growth(values), _growth(-values)
    assert plain.low <= plain.slope <= plain.high
    assert (turned.slope, turned.low, turned.high) == pytest.approx((-plain.slope, -plain.high, -plain.low))


@settings(deadline=None, max_examples=50)
@given(st.floats(0.001, 1e6), st.floats(-1e6, 1e6))
def test_a_straight_line_has_its_slope_and_goes_on(slope: float, level: float) -> None:
    growth = _growth(slope * TASKS + level)
    assert growth.slope == pytest.approx(slope, rel=1e-3)
    assert growth.goes_on
    assert growth.judged == pytest.approx(slope * (TASKS[-1] - TASKS[SAMPLES // 2]), rel=1e-3)


def test_too_few_samples_and_tasks_that_stand_still_are_not_judged() -> None:
    few = FEWEST_SAMPLES - 1
    assert growth_with(range(few), [1.0] * few) is None
    assert growth_with(range(FEWEST_SAMPLES), [1.0] * FEWEST_SAMPLES) is not None
    assert growth_with([3] * SAMPLES, range(SAMPLES)) is None
    with pytest.raises(ValueError, match="each value needs its place"):
        growth_with([1, 2], [1])


@pytest.mark.parametrize("samples", range(FEWEST_SAMPLES, 40))
def test_any_number_of_samples_has_finite_figures(samples: int) -> None:
    growth = growth_with(range(samples), [2.0 * place for place in range(samples)])
    assert growth is not None
    assert np.isfinite([growth.slope, growth.low, growth.high, growth.first, growth.last]).all()
    assert growth.drifts(3)


def test_one_odd_block_is_not_drift() -> None:
    values = np.zeros(SAMPLES)
    values[50:54] = 1e9
    assert not _growth(values).drifts(LEAST)


@pytest.mark.parametrize("seed", [1])
@pytest.mark.parametrize(
    ("kind", "most"),
    [("scatter", 0.01), ("autocorrelated", 0.02), ("walk", 0.03), ("few steps", 0.03), ("sawtooth", 0.01)],
)
def test_what_does_not_drift_is_hardly_ever_accused(kind: str, most: float, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def autocorrelated() -> Series:
        noise = rng.normal(0, 100 * KIB, 2 * SAMPLES)
        return np.array(
            [sum(0.9**lag * noise[at - lag] for lag in range(SAMPLES)) for at in range(SAMPLES, len(noise))]
        )

    make = {
        "scatter": lambda: rng.normal(0, 1000 * KIB, SAMPLES),
        "autocorrelated": autocorrelated,
        "walk": lambda: np.cumsum(rng.normal(0, 400 * KIB, SAMPLES)),
        "few steps": lambda: np.cumsum(rng.poisson(4 / SAMPLES, SAMPLES)) * 1000 * KIB,
        "sawtooth": lambda: (
            (np.arange(SAMPLES) * 12 / SAMPLES + rng.integers(0, 9)) % rng.uniform(1.5, 2.5) * 1000 * KIB
        ),
    }[kind]
    accused = sum(_growth(make()).drifts(LEAST) for _ in range(RUNS))
    assert accused <= most * RUNS


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1, 0.2, 0.3])
def test_a_warm_up_that_ends_within_the_run_is_not_drift(share: float) -> None:
    rng = np.random.default_rng(2)
    accused = sum(_growth(_warm_up(share) + rng.normal(0, 10 * KIB, SAMPLES)).drifts(LEAST) for _ in range(RUNS))
    assert accused <= 0.02 * RUNS


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_a_leak_of_1_kib_a_task_is_found_below_a_warm_up(share: float) -> None:
    rng = np.random.default_rng(3)
    found = sum(
        _growth(_warm_up(share) + TASKS * KIB + rng.normal(0, 30 * KIB, SAMPLES)).drifts(LEAST) for _ in range(RUNS)
    )
    assert found >= 0.99 * RUNS


def test_a_connection_a_reconnect_and_a_file_a_hundred_tasks_are_found() -> None:
    rng = np.random.default_rng(4)
    for _ in range(RUNS):
        assert _growth(np.floor(TASKS / 100 + rng.random())).drifts(3)
        reconnects = np.floor(np.arange(SAMPLES) * 12 / SAMPLES + rng.random())
        growth = growth_with(reconnects.tolist(), (4 + reconnects).tolist())
        assert growth is not None
        assert (growth.slope, growth.drifts(3)) == (1, True)


def test_a_rate_that_falls_is_found_and_one_that_scatters_is_not() -> None:
    rng = np.random.default_rng(5)
    falling, scattering = (
        sum(
            _growth(250 * (1 - fall * TASKS / TASKS[-1] + rng.normal(0, 0.01, SAMPLES))).drifts(12.5, falls=True)
            for _ in range(RUNS)
        )
        for fall in (0.4, 0.0)
    )
    assert falling >= 0.9 * RUNS
    assert scattering == 0
