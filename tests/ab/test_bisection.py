import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.ab.bisection import Bisection


def searched(releases: list[str], first_bad: int, unknown: frozenset[int] = frozenset()) -> tuple[Bisection, list[str]]:
    search, tried = Bisection(releases), []
    while release := search.next:
        tried.append(release)
        place = releases.index(release)
        search.add("inconclusive" if place in unknown else "regressed" if place >= first_bad else "within")
    return search, tried


@given(st.integers(2, 60), st.data())
def test_the_first_bad_release_is_found_in_few_steps(count: int, data: st.DataObject) -> None:
    first_bad = data.draw(st.integers(1, count - 1))
    releases = [f"5.{number}" for number in range(count)]
    search, tried = searched(releases, first_bad)
    assert search.first_bad == releases[first_bad]
    assert search.last_good == releases[first_bad - 1]
    assert search.between == []
    assert len(tried) <= 2 + count.bit_length()
    assert len(set(tried)) == len(tried)


def test_there_is_nothing_to_find_where_the_last_is_not_bad() -> None:
    search, tried = searched(["1", "2", "3"], first_bad=9)
    assert (search.first_bad, search.last_good, search.unsure, tried) == (None, "3", False, ["3"])


def test_a_release_that_cannot_be_judged_is_passed_over() -> None:
    search, _ = searched(list("abcdefgh"), first_bad=2, unknown=frozenset({4}))
    assert (search.first_bad, search.between) == ("c", [])


def test_what_cannot_be_told_is_named() -> None:
    search, _ = searched(list("abcdefgh"), first_bad=3, unknown=frozenset({2, 3}))
    assert (search.last_good, search.first_bad, search.between) == ("b", "e", ["c", "d"])
    search, _ = searched(list("ab"), first_bad=1, unknown=frozenset({1}))
    assert (search.first_bad, search.unsure) == (None, True)


def test_a_search_that_is_over_takes_no_more() -> None:
    search, _ = searched(["1", "2"], first_bad=1)
    with pytest.raises(ValueError, match="over"):
        search.add("within")
