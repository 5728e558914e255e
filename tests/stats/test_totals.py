"""Rates by totals are exact, and honest for workers of one speed and of two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from two_speeds import PAIRS, by_totals, drained

from bench.stats.intervals import PairedRatio, paired_ratio, unpaired_ratio
from bench.stats.totals import rate_logs
from bench.stats.verdicts import verdicts

RUNS = 60
amounts = st.integers(min_value=1, max_value=10**9)
turns = st.lists(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=5), min_size=1, max_size=5)


def arrays(generations: list[list[tuple[int, int]]]) -> list[NDArray[np.float64]]:
    return [np.array(blocks, dtype=float).reshape(-1, 2) for blocks in generations]


@given(turns)
def test_the_mean_of_the_values_is_the_rate_of_all_generations_together(made: list[list[tuple[int, int]]]) -> None:
    values = rate_logs(arrays(made))
    events, time_ns = np.mean([np.mean(blocks, axis=0) for blocks in made], axis=0)
    assert np.mean([one.mean() for one in values]) == pytest.approx(np.log(events / time_ns * 1e9))


def test_a_rate_counts_the_time_of_each_drain_and_not_the_drain() -> None:
    (values,) = rate_logs(arrays([[(100, 10**9), (100, 9 * 10**9)]]))
    assert np.exp(values.mean()) == pytest.approx(20)  # and not 33, the geometric mean of 100 and 11


def test_a_generation_without_a_drain_counts_for_nothing() -> None:
    values = rate_logs(arrays([[], [(10, 10**9)], []]))
    assert list(map(len, values)) == [0, 1, 0]
    assert np.exp(values[1]) == pytest.approx(10)
    assert [len(one) for one in rate_logs(arrays([[], []]))] == [0, 0]


def ratios(name: str, generations: int, blocks: int, runs: int = RUNS) -> list[PairedRatio]:
    rng = np.random.default_rng(7)
    drains = (drained(PAIRS[name], [blocks] * generations, rng) for _ in range(runs))
    return [paired_ratio(by_totals(*each), rng, trim=0.0) for each in drains]


@pytest.mark.parametrize("size", [(2, 5), (6, 6)])
@pytest.mark.parametrize("name", [name for name in PAIRS if name.startswith("equal")])
def test_equal_workers_seldom_have_a_wrong_verdict_or_a_wrong_interval(name: str, size: tuple[int, int]) -> None:
    found = ratios(name, *size)
    wrong = [one for ratio in found for one in verdicts([(ratio, "more")], 0.02) if one in ("improved", "regressed")]
    assert len(wrong) <= 0.05 * RUNS
    assert sum(one.low <= 1 <= one.high for one in found) >= 0.9 * RUNS  # type: ignore[operator]


@pytest.mark.parametrize("name", ["one speed over mostly slow", "one speed over half slow"])
def test_a_worker_that_is_slow_in_spells_is_found_with_its_true_ratio(name: str) -> None:
    own, other = PAIRS[name]
    found = ratios(name, 6, 6)
    truth = np.exp(own.log_rate - other.log_rate)
    assert sum(one.low <= truth <= one.high for one in found) >= 0.85 * RUNS  # type: ignore[operator]
    assert np.median([one.value for one in found]) == pytest.approx(truth, rel=0.25)
    assert sum(one == "improved" for ratio in found for one in verdicts([(ratio, "more")], 0.02)) >= 0.9 * RUNS


def test_two_runs_of_equal_workers_of_two_speeds_seldom_differ() -> None:
    rng, wrong = np.random.default_rng(5), 0
    for _ in range(RUNS):
        now, before = map(rate_logs, drained(PAIRS["equal, two speeds"], [8] * 6, rng))
        wrong += verdicts([(unpaired_ratio(now, before, trim=0.0), "more")], 0.02)[0] in ("improved", "regressed")
    assert wrong <= 0.08 * RUNS


def test_figures_that_are_the_same_in_every_block_have_no_error() -> None:
    own, other = (rate_logs(arrays([[(n, 10**9)] * size for size in (1, 3, 7)])) for n in (2, 3))
    ratio = paired_ratio([one - two for one, two in zip(own, other, strict=True)], np.random.default_rng(1), 2, trim=0)
    assert ratio.value == pytest.approx(2 / 3)
    assert ratio.error == 0
