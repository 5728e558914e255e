import pytest

from bench.stats.counts import compared_counts


def test_no_event_on_either_side_is_within_every_limit() -> None:
    found = compared_counts((0, 1000), (0, 500), 0.05)
    assert (found.value, found.within, found.beyond) == (None, 0.0, 1.0)
    assert found.visible == pytest.approx(0.006)


def test_events_on_the_other_side_alone_are_beyond_every_limit() -> None:
    found = compared_counts((0, 1000), (900, 1000), 0.05)
    assert found.value is None
    assert found.beyond < 1e-9
    assert found.low is not None
    assert found.low > 100


def test_equal_rates_from_unequal_trials_have_a_ratio_of_one() -> None:
    found = compared_counts((400, 1000), (800, 2000), 0.5)
    assert found.value == pytest.approx(1.0)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 1 < found.high
    assert found.within < 0.001


def test_few_events_are_not_certain() -> None:
    found = compared_counts((1, 1000), (2, 1000), 0.05)
    assert found.value == pytest.approx(2.0)
    assert found.beyond > 0.05
    assert found.within > 0.05
