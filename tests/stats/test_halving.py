"""Halving keeps what gains, and says why it drops the others."""

import numpy as np
import pytest

from bench.stats.halving import Standing, dropped, simplest, standings

MARGIN = 0.02


def made(gain: float, generations: int = 4, error: float = 0.02) -> Standing:
    return Standing(float(np.log(gain)), error, 4 + generations, generations)


def test_a_single_generation_tells_as_much_as_is_known_of_luck_and_of_blocks() -> None:
    found = standings({"few": {0: [0.1]}})["few"]
    assert found.error == pytest.approx(np.hypot(0.04, 0.09))
    assert standings({"many": {0: [0.1] * 400}})["many"].error == pytest.approx(0.04, rel=0.02)
    assert standings({"none": {}}) == {}


def test_the_generations_of_all_tell_how_much_each_scatters() -> None:
    rng = np.random.default_rng(1)
    gains = {str(number): {one: [rng.normal(0, 0.3)] for one in range(4)} for number in range(10)}
    found = standings(gains | {"new": {0: [0.0]}})
    assert found["new"].error == pytest.approx(0.3, rel=0.3)
    assert found["new"].error == pytest.approx(2 * found["0"].error)


def test_of_useless_candidates_hardly_any_run_has_a_promising_one() -> None:
    rng = np.random.default_rng(2)
    runs = [
        standings({str(number): {one: [rng.normal(0, 0.05)] for one in range(4)} for number in range(10)})
        for _ in range(300)
    ]
    promising = sum(any(one.is_promising(MARGIN, 10) for one in found.values()) for found in runs)
    assert promising < 0.3 * len(runs)


def test_the_lower_half_goes_unless_it_seems_to_gain() -> None:
    found = dropped({"a": made(1.5, 1), "b": made(1.3, 1), "c": made(1.2, 1), "d": made(1.0, 1, 0.1)}, MARGIN)
    assert list(found) == ["d"]
    assert "lower half" in found["d"]


def test_what_certainly_gains_nothing_goes_wherever_it_stands() -> None:
    assert "certainly" in dropped({"only": made(0.9)}, MARGIN)["only"]
    assert dropped({"only": made(1.0, 1, 0.1)}, MARGIN) == {}
    assert "does not seem" in dropped({"only": made(1.0, 3, 0.1)}, MARGIN)["only"]


def test_what_is_hardly_better_than_something_simpler_is_not_taken() -> None:
    some = {"one": made(1.50), "two": made(1.51), "three": made(1.52)}
    assert simplest(some, {"one": 1, "two": 2, "three": 3}) == "one"
    assert simplest(some | {"two": made(1.7)}, {"one": 1, "two": 2, "three": 3}) == "two"
    assert simplest({"a": made(1.50), "b": made(1.51)}, {"a": 2, "b": 2}) == "b"


def test_a_loss_is_certain_by_a_level_that_all_questions_share() -> None:
    loss = made(1.06)
    assert loss.is_certain(MARGIN)
    assert not loss.is_certain(MARGIN, 20)
    assert not made(1.01, error=0.0001).is_certain(MARGIN)
    assert made(0.94).inverted().log == pytest.approx(-np.log(0.94))
