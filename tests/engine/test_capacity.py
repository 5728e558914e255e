import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine.capacity_search import CapacitySearch, SearchResult

FIRST = 100.0


def played(search: CapacitySearch, holds: Callable[[float], bool], fastest_per_s: float = math.inf) -> list[float]:
    tried = []
    while (rate := search.next_rate_per_s()) is not None:
        tried.append(rate)
        search.add(holds(rate), limited_by_generator=rate > fastest_per_s)
    return tried


@given(st.floats(min_value=FIRST / 30, max_value=FIRST * 25))
def test_a_steady_capacity_is_found_to_the_precision_and_confirmed(truth: float) -> None:
    search = CapacitySearch(FIRST)
    tried = played(search, lambda rate: rate <= truth)
    found = search.result
    assert found.rate_per_s is not None
    assert found.failed_above_per_s is not None
    assert found.rate_per_s <= truth < found.failed_above_per_s <= found.rate_per_s * 1.05
    assert not found.at_least
    assert tried[-4:] == [*tried[-4:-3], *[found.rate_per_s] * 3]
    assert (search.confirmed, found.probes) == (3, len(tried))


def test_the_bracket_opens_by_quarters_and_closes_by_geometric_means() -> None:
    tried = played(CapacitySearch(FIRST), lambda rate: rate <= 140)
    assert tried[:4] == pytest.approx([100, 125, 156.25, math.sqrt(125 * 156.25)])
    assert played(CapacitySearch(FIRST), lambda rate: rate <= 70)[:5] == pytest.approx(
        [100, 80, 64, math.sqrt(80 * 64), math.sqrt(64 * math.sqrt(80 * 64))]
    )


@given(st.floats(min_value=FIRST / 500, max_value=FIRST * 500), st.integers(min_value=1, max_value=40))
def test_there_are_never_more_probes_than_allowed(truth: float, most: int) -> None:
    search = CapacitySearch(FIRST, most_probes=most)
    assert len(played(search, lambda rate: rate <= truth)) <= most
    assert search.result.probes <= most
    assert (search.result.rate_per_s or 0) <= truth


@given(st.integers(), st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=0.5))
def test_an_oracle_that_answers_by_lot_never_gets_more_probes_nor_a_rate_that_failed(
    seed: int, passes: float, limits: float
) -> None:
    rng = np.random.default_rng(abs(seed))
    search, failed = CapacitySearch(FIRST), [math.inf]
    passed: set[float] = set()
    while (rate := search.next_rate_per_s()) is not None:
        held, limited = bool(rng.random() < passes), bool(rng.random() < limits)
        search.add(held, limited_by_generator=limited)
        if held and not limited:
            passed.add(rate)
        else:
            failed.append(rate)
    found = search.result
    assert found.probes <= 24
    assert found.rate_per_s is None or (found.rate_per_s in passed and found.rate_per_s < min(failed))
    assert search.confirmed <= 3


@pytest.mark.parametrize("truth", [FIRST / 4, FIRST / 1.7, FIRST, FIRST * 1.3, FIRST * 6])
@pytest.mark.parametrize(("spread", "share"), [(0.01, 0.995), (0.02, 0.95)])
def test_an_uncertain_capacity_is_found_within_8_percent_nearly_always(
    truth: float, spread: float, share: float
) -> None:
    rng = np.random.default_rng(1)
    off = []
    for _ in range(500):
        search = CapacitySearch(FIRST)
        played(search, lambda rate: rate <= truth * rng.lognormal(0, spread))
        assert search.result.rate_per_s is not None
        off.append(search.result.rate_per_s / truth - 1)
    assert np.mean(np.abs(off) <= 0.08) >= share
    assert np.mean(np.array(off) > 0.01) <= 0.02


def test_a_failed_confirmation_bounds_the_result_and_begins_anew_one_step_below() -> None:
    answers = iter([True, False, True, True, False, True, True, False, False, True, True, True])
    search = CapacitySearch(FIRST)
    tried = played(search, lambda _: next(answers))
    found = tried[3]
    assert tried[5:] == pytest.approx([found, found, found, found / 1.05, *[found / 1.05**2] * 3])
    assert search.result == SearchResult(tried[-1], at_least=False, probes=12, failed_above_per_s=tried[-4])
    assert search.confirmed == 3


def test_what_was_confirmed_is_the_result_and_not_a_higher_rate_that_passed_once() -> None:
    answers = iter([True, False, True, False, False, True, False, True, True, True])
    search = CapacitySearch(FIRST, precision=0.06)
    tried = played(search, lambda _: next(answers))
    assert tried[-1] < FIRST
    assert search.result.rate_per_s == tried[-1]


def test_a_generator_that_sends_no_faster_makes_it_at_least_so_much() -> None:
    search = CapacitySearch(FIRST)
    played(search, lambda rate: rate <= 1000, fastest_per_s=300)
    found = search.result
    assert found.rate_per_s is not None
    assert 300 / 1.05 <= found.rate_per_s <= 300
    assert (found.at_least, found.failed_above_per_s, search.confirmed) == (True, None, 3)


def test_a_failure_below_what_the_generator_can_send_is_the_subjects_own() -> None:
    search = CapacitySearch(FIRST)
    played(search, lambda rate: rate <= 290, fastest_per_s=300)
    found = search.result
    assert found.rate_per_s is not None
    assert 290 / 1.05 <= found.rate_per_s <= 290
    assert not found.at_least
    assert found.failed_above_per_s == pytest.approx(290, rel=0.05)


def test_a_generator_that_tires_while_confirming_lowers_the_bound_and_forgets_no_failure() -> None:
    search = CapacitySearch(FIRST)
    answers = [(True, False), (False, False), (True, False), (True, False), (False, False), (True, True)]
    tried = []
    for passed, limited in answers:
        tried.append(search.next_rate_per_s() or 0)
        search.add(passed, limited_by_generator=limited)
    assert search.next_rate_per_s() == pytest.approx(tried[-1] / 1.05)
    assert search.result == SearchResult(tried[2], at_least=True, probes=6, failed_above_per_s=tried[4])


def test_a_subject_that_holds_no_rate_is_given_up_above_a_64th_of_the_first() -> None:
    search = CapacitySearch(FIRST)
    tried = played(search, lambda _: False)
    assert FIRST / 64 <= min(tried) < FIRST / 64 / 0.8
    assert search.result == SearchResult(None, at_least=False, probes=len(tried), failed_above_per_s=min(tried))


def test_of_a_generator_that_can_send_nothing_nothing_is_known() -> None:
    search = CapacitySearch(FIRST)
    played(search, lambda _: True, fastest_per_s=0)
    assert search.result == SearchResult(None, at_least=True, probes=19, failed_above_per_s=None)


def test_without_a_bound_the_last_rate_is_the_least_that_it_holds() -> None:
    search = CapacitySearch(FIRST, most_probes=4)
    played(search, lambda _: True)
    assert search.result == SearchResult(FIRST * 1.25**3, at_least=True, probes=4, failed_above_per_s=None)
    assert search.confirmed == 0


def test_a_rate_that_was_never_tried_is_no_result() -> None:
    search = CapacitySearch(FIRST, most_probes=6)
    answers = iter([False, True, True, True, False, True])
    tried = played(search, lambda _: next(answers))
    assert search.result.rate_per_s in tried


def test_the_next_rate_stays_until_it_was_tried_and_ends_with_the_search() -> None:
    search = CapacitySearch(FIRST, most_probes=1)
    assert search.next_rate_per_s() == search.next_rate_per_s() == FIRST
    search.add(True)
    assert search.next_rate_per_s() is None
    with pytest.raises(ValueError, match="the search is over"):
        search.add(True)


@pytest.mark.parametrize("wrong", [{"first_rate_per_s": 0}, {"precision": 0}, {"confirmations": 0}, {"most_probes": 0}])
def test_a_search_without_numbers_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        CapacitySearch(**{"first_rate_per_s": FIRST, **wrong})  # type: ignore[arg-type]
