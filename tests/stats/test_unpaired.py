import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stats.intervals import PairedRatio, unpaired_ratio
from bench.stats.verdicts import verdicts, within_limits


def side(rng: np.random.Generator, generations: int, luck: float, shift: float = 0.0) -> list[list[float]]:
    draws = rng.normal(rng.normal(shift, luck, (generations, 1)), 0.04, (generations, 12))
    return draws.tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("luck", [0.0, 0.05])
@pytest.mark.parametrize(("now", "before"), [(4, 4), (4, 10)])
def test_nineteen_of_twenty_intervals_hold_the_truth(now: int, before: int, luck: float) -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        ratio = unpaired_ratio(side(rng, now, luck, 0.1), side(rng, before, luck))
        held += ratio.low <= np.exp(0.1) <= ratio.high  # type: ignore[operator]
    assert held >= 0.91 * 200


def test_runs_that_share_a_drift_have_wider_intervals_than_the_same_blocks_in_pairs() -> None:
    ratio = unpaired_ratio([[0.0, 1.0]] * 3 + [[0.2, 1.2]] * 3, [[0.0, 1.0]] * 3 + [[0.2, 1.2]] * 3)
    assert ratio.value == 1
    assert ratio.detectable is not None
    assert ratio.detectable > 0.1


def test_a_difference_of_the_detectable_size_is_seen_in_four_of_five_runs() -> None:
    rng = np.random.default_rng(5)
    sizes = [unpaired_ratio(side(rng, 8, 0.02), side(rng, 8, 0.02)).detectable for _ in range(40)]
    shift = np.log1p(np.mean(sizes))  # type: ignore[arg-type]
    seen = sum(unpaired_ratio(side(rng, 8, 0.02, shift), side(rng, 8, 0.02)).low > 1 for _ in range(120))  # type: ignore[operator,misc]
    assert 0.70 <= seen / 120 <= 0.95


@settings(deadline=None)
@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(1, 8), st.integers(1, 6))
def test_constant_figures_have_their_exact_ratio(now: float, before: float, generations: int, blocks: int) -> None:
    ratio = unpaired_ratio([[now] * blocks] * generations, [[before] * blocks] * generations)
    assert ratio.value == pytest.approx(np.exp(now - before))
    assert ratio.generations == generations


def test_with_few_generations_the_interval_is_over_blocks() -> None:
    ratio = unpaired_ratio([[0.0, 0.1, 0.2]] * 2, [[0.0, 0.1, 0.2]] * 2)
    assert ratio.low is not None
    assert ratio.generations == 2
    assert unpaired_ratio([[0.0, 0.1]], [[0.0, 0.1, 0.2]] * 5).low is None


def test_a_limit_of_its_own_may_be_given_for_each_ratio() -> None:
    one = PairedRatio(1.03, error=0.002, freedom=9.5, generations=6)
    assert verdicts([(one, "less"), (one, "less")], [0.02, 0.05]) == ["regressed", "equivalent"]
    assert within_limits([(one, "less"), (one, "less"), (one, "more")], [0.02, 0.05, 0.001]) == [False, True, True]


def test_few_generations_show_nothing_to_be_within_a_limit() -> None:
    few = unpaired_ratio([[0.0, 0.001, 0.002] * 2] * 3, [[0.5, 0.501, 0.502] * 2] * 3)
    assert few.high is not None
    assert few.high < 1
    assert within_limits([(few, "less")], [0.05]) == [False]
    assert verdicts([(few, "less")], [0.05]) == ["inconclusive"]
