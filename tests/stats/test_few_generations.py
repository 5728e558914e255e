"""Intervals and verdicts from two and three generations keep what is promised, also with 4 % of luck."""

import numpy as np
import pytest

from bench.stats.intervals import FEWEST_GENERATIONS, LUCK, paired_ratio
from bench.stats.settling import grown
from bench.stats.verdicts import verdicts

RUNS = 100


def made(
    generations: int, blocks: int, luck: float, rng: np.random.Generator, scatter: float = 0.09
) -> list[list[float]]:
    """Make logarithms of ratios of equal subjects, whose blocks scatter as real drains do."""
    lucky = rng.normal(0, luck, (generations, 1))
    return (lucky + rng.normal(0, scatter, (generations, blocks))).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("blocks", [1, 5])
@pytest.mark.parametrize("luck", [0.0, 0.04])
@pytest.mark.parametrize("generations", [2, 3])
def test_nineteen_of_twenty_intervals_hold_the_truth(generations: int, luck: float, blocks: int) -> None:
    rng = np.random.default_rng(8)
    ratios = [paired_ratio(made(generations, blocks, luck, rng), rng) for _ in range(RUNS)]
    assert sum(one.low <= 1 <= one.high for one in ratios) >= 0.9 * RUNS  # type: ignore[operator]


@pytest.mark.parametrize("generations", [2, 3])
def test_a_family_of_equal_subjects_has_a_wrong_verdict_in_at_most_one_of_twenty_runs(generations: int) -> None:
    rng, wrong = np.random.default_rng(9), 0
    for _ in range(RUNS):
        family = [paired_ratio(made(generations, blocks, 0.04, rng), rng) for blocks in (1, 5, 20)]
        wrong += any(one in ("regressed", "improved") for one in verdicts([(one, "less") for one in family], 0.02))
    assert wrong <= 0.08 * RUNS


@pytest.mark.parametrize("generations", [2, 3])
def test_a_difference_of_a_quarter_is_found_from_five_drains_in_each_generation(generations: int) -> None:
    rng, found = np.random.default_rng(10), 0
    for _ in range(RUNS):
        slower = [[log + np.log(1.25) for log in logs] for logs in made(generations, 5, 0.015, rng)]
        family = [paired_ratio(slower, rng), *(paired_ratio(made(generations, 1, 0.1, rng), rng) for _ in range(3))]
        found += verdicts([(one, "less") for one in family], 0.02)[0] == "regressed"
    assert found >= 0.85 * RUNS


def test_generations_that_differ_by_more_than_is_assumed_widen_the_interval() -> None:
    alike, apart = ([[log] * 4 for log in (0.0, spread, -spread)] for spread in (0.0, 5 * LUCK))
    narrow, wide = (paired_ratio(logs, np.random.default_rng(1)).error for logs in (alike, apart))
    assert narrow == pytest.approx(LUCK * np.sqrt(4 / 6 / 3))
    assert wide is not None
    assert wide > 2 * narrow  # type: ignore[operator]


def test_single_blocks_say_nothing_about_their_scatter_so_only_their_spread_counts() -> None:
    ratio = paired_ratio([[0.1], [0.3]], np.random.default_rng(1))
    assert (ratio.error, ratio.freedom) == (pytest.approx(0.1), 1)


def test_generations_that_are_worlds_apart_have_an_interval_that_a_record_can_hold() -> None:
    ratio = paired_ratio([[-30.0], [30.0]], np.random.default_rng(1))
    assert ratio.high is not None
    assert 1e40 < ratio.high < 1e100
    assert ratio.detectable is not None
    assert ratio.detectable < 1e100


def test_a_run_that_grows_to_four_generations_knows_their_luck_from_them_alone() -> None:
    short = paired_ratio(made(2, 9, 0.01, np.random.default_rng(1)), np.random.default_rng(1))
    longer = grown(short, FEWEST_GENERATIONS / 2)
    assert (longer.generations, longer.freedom, longer.includes_luck) == (4, 3, True)
    one = paired_ratio(made(1, 9, 0.01, np.random.default_rng(1)), np.random.default_rng(1))
    assert [grown(one, times).includes_luck for times in (1, 3, 4)] == [False, False, True]
