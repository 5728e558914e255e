import numpy as np
import pytest

from bench.stats.changes import FEWEST_VALUES, can_find_changes, changes

pytestmark = pytest.mark.skipif(not can_find_changes(), reason="fastcpd has no wheel for this machine")


def series(*levels: tuple[float, int], rng: int = 1, scatter: float = 0.02) -> list[float]:
    draws = np.random.default_rng(rng)
    return [float(level * np.exp(draws.normal(0, scatter))) for level, count in levels for _ in range(count)]


def test_a_change_of_level_is_found_where_it_is_with_its_size() -> None:
    (change,) = changes(series((400.0, 15), (480.0, 15)))
    assert change.number == 15
    assert change.ratio == pytest.approx(1.2, rel=0.03)


def test_several_changes_come_in_their_order() -> None:
    found = changes(series((100.0, 12), (120.0, 12), (90.0, 12)))
    assert [one.number for one in found] == [12, 24]
    assert [one.ratio > 1 for one in found] == [True, False]


def test_an_outlier_is_no_change_and_hides_none() -> None:
    values = series((100.0, 20))
    assert changes([*values[:10], 300.0, *values[10:]]) == []
    (change,) = changes([*values[:10], 300.0, *series((150.0, 10), rng=3)])
    assert change.number == 11
    assert change.ratio == pytest.approx(1.5, rel=0.05)


def test_few_values_and_equal_values_have_no_change() -> None:
    assert changes(series((100.0, 5), (200.0, FEWEST_VALUES - 6))) == []
    assert changes([100.0] * 30) == []
    assert changes([]) == []


@pytest.mark.parametrize(("count", "most"), [(FEWEST_VALUES, 0.10), (20, 0.06), (60, 0.04)])
def test_a_series_of_one_level_is_seldom_cut(count: int, most: float) -> None:
    cut = sum(bool(changes(series((100.0, count), rng=number))) for number in range(400))
    assert cut <= most * 400
