"""How often a step between levels is found where none is, and missed where one is, on simulated generations."""

import math
from itertools import pairwise

import numpy as np
import pytest

from bench.stats.levels import steps

RUNS = 100
RELEASES = 20
FAULTY = [1.0] * 4 + [0.01] * 2 + [1.0] * 5 + [0.008] * 5 + [1.0] * 3 + [0.015]
"""Good, bad, good, bad, good, and bad for another reason: a real history of a transport."""


def found(
    levels: list[float], *, generations: int, margin: float = 0.05, luck: float = 0.02, uneven: bool = False
) -> list[list[int]]:
    """Return the places of the steps found in each of many runs; each process has luck, each generation drifts."""
    rng = np.random.default_rng(generations)
    shape = (generations, len(levels))
    places = []
    for _ in range(RUNS):
        noise = rng.normal(0, luck, shape) * (np.exp(rng.normal(0, 1, (1, shape[1]))) if uneven else 1.0)
        drift = rng.normal(0, 0.1, (generations, 1))
        places.append([one.number for one in steps(np.log(levels) + noise + drift, margin)])
    return places


def true_places(levels: list[float]) -> list[int]:
    return [number for number, (before, after) in enumerate(pairwise(levels), 1) if before != after]


@pytest.mark.parametrize("generations", [2, 3, 6, 12])
@pytest.mark.parametrize("uneven", [False, True])
def test_equal_releases_have_a_step_in_at_most_one_of_twenty_runs(generations: int, uneven: bool) -> None:
    runs = found([1.0] * RELEASES, generations=generations, margin=0.0001, uneven=uneven)
    assert sum(map(bool, runs)) <= 0.05 * RUNS


def test_two_equal_releases_have_a_step_in_at_most_one_of_twenty_runs() -> None:
    assert sum(map(bool, found([1.0, 1.0], generations=6, margin=0.0001))) <= 0.05 * RUNS


def test_several_steps_in_both_directions_are_found_where_they_are() -> None:
    runs = found(FAULTY, generations=6, luck=0.1)
    assert sum(places == true_places(FAULTY) for places in runs) >= 0.95 * RUNS


@pytest.mark.parametrize("slower", [3, 30])
def test_three_generations_show_that_a_release_is_three_times_slower(slower: float) -> None:
    levels = [1.0] * 12 + [1 / slower] * 8
    runs = found(levels, generations=3, luck=0.04)
    assert sum(places == [12] for places in runs) >= 0.95 * RUNS


def test_small_steps_are_found_because_all_releases_of_a_level_count() -> None:
    levels = [1.0] * 7 + [1.1] * 5 + [0.98] * 8
    runs = found(levels, generations=6)
    assert sum(places == true_places(levels) for places in runs) >= 0.9 * RUNS


def test_one_slow_release_between_good_ones_is_two_steps() -> None:
    levels = [1.0] * 10 + [0.8] + [1.0] * 9
    runs = found(levels, generations=6)
    assert sum(places == [10, 11] for places in runs) >= 0.9 * RUNS


def test_a_step_has_its_ratio_and_an_interval_around_it() -> None:
    (step,) = steps(np.log([[1.0, 2.0], [1.01, 2.0], [1.0, 2.02], [0.99, 1.99], [1.0, 2.01]]), 0.05)
    assert step.ratio == pytest.approx(2.0, rel=0.02)
    assert step.low < step.ratio < step.high


def test_what_is_within_the_margin_is_no_step_however_certain() -> None:
    logs = np.log([[1.0, 1.03], [1.001, 1.03], [1.0, 1.031], [0.999, 1.029], [1.0, 1.03]])
    assert steps(logs, 0.05) == []
    assert len(steps(logs, 0.02)) == 1


def test_few_generations_and_missing_figures_are_no_step_and_no_error() -> None:
    assert steps(np.log([[1.0, 9.0]]), 0.05) == []
    assert steps([], 0.05) == []
    assert steps([[0.0]], 0.05) == []
    holes = [[0.0, math.nan, 1.0], [0.01, math.nan, 1.0], [0.0, math.nan, 1.01], [0.0, 0.5, 1.0], [0.02, 0.4, 1.0]]
    assert [one.number for one in steps(holes, 0.05)] == [2]
