from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.ab.bisection import Bisection, Turn
from bench.stats.intervals import PairedRatio


def searched(
    releases: list[str], is_bad: Callable[[int], bool], unknown: frozenset[int] = frozenset()
) -> tuple[Bisection, list[str]]:
    search, tried = Bisection(releases), []
    while release := search.next:
        tried.append(release)
        place = releases.index(release)
        search.add("inconclusive" if place in unknown else "regressed" if is_bad(place) else "within")
    return search, tried


@given(st.integers(2, 60), st.data())
def test_the_first_bad_release_is_found_in_few_steps(count: int, data: st.DataObject) -> None:
    first_bad = data.draw(st.integers(1, count - 1))
    releases = [f"5.{number}" for number in range(count)]
    search, tried = searched(releases, lambda place: place >= first_bad)
    assert search.turns == [Turn(releases[first_bad - 1], releases[first_bad], worse=True)]
    assert len(tried) <= 2 + count.bit_length() + 4
    assert len(set(tried)) == len(tried)
    assert search.untried == [one for one in releases[1:] if one not in tried]


def test_there_is_nothing_to_find_where_the_last_is_not_bad() -> None:
    search, tried = searched(["1", "2", "3"], lambda place: False)
    assert (search.turns, search.is_worse, search.unsure, tried) == ([], False, False, ["3"])


def test_a_release_that_cannot_be_judged_is_passed_over() -> None:
    search, _ = searched(list("abcdefgh"), lambda place: place >= 2, unknown=frozenset({4}))
    assert search.turns == [Turn("b", "c", worse=True)]
    assert "e" in search.untried


def test_what_cannot_be_told_is_named() -> None:
    search, _ = searched(list("abcdefgh"), lambda place: place >= 3, unknown=frozenset({2, 3}))
    assert search.turns == [Turn("b", "e", worse=True, between=("c", "d"))]
    search, _ = searched(list("ab"), lambda place: True, unknown=frozenset({1}))
    assert (search.turns, search.is_worse, search.unsure) == ([], False, True)


def test_a_search_that_is_over_takes_no_more() -> None:
    search, _ = searched(["1", "2"], lambda place: place >= 1)
    with pytest.raises(ValueError, match="over"):
        search.add("within")


def test_a_second_run_of_bad_releases_is_seen_and_not_taken_for_the_first() -> None:
    releases = ["5.4.2", "5.5.0", "5.5.1", "5.5.2", "5.5.3", "5.5.4", "5.6.0", "5.6.1", "5.6.2", "5.7.0"]
    search, _ = searched(releases, lambda place: "5.5.0" <= releases[place] <= "5.5.4" or releases[place] == "5.7.0")
    first, *_, last = search.turns
    assert first == Turn("5.4.2", "5.5.0", worse=True)
    assert last == Turn("5.6.2", "5.7.0", worse=True)
    assert [turn.worse for turn in search.turns] == [True, False, True]


def test_a_bad_release_just_after_the_good_one_is_seen_although_the_search_passed_over_it() -> None:
    search, _ = searched(list("abcdefghij"), lambda place: place in (1, 8, 9))
    assert [turn.worse for turn in search.turns] == [True, False, True]
    assert search.turns[0] == Turn("a", "b", worse=True)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_nothing_is_claimed_that_was_not_tried(bad: list[bool]) -> None:
    releases = [str(number) for number in range(len(bad) + 1)]
    truth = [False, *bad]
    search, tried = searched(releases, lambda place: truth[place])
    for turn in search.turns:
        assert turn.before in ("0", *tried)
        assert turn.after in tried
        assert truth[int(turn.after)] == turn.worse != truth[int(turn.before)]
        assert not set(turn.between) & set(tried)


def test_bad_releases_that_are_not_equally_bad_are_named() -> None:
    search = Bisection(["1", "2", "3"])
    search.add("regressed", PairedRatio(0.5, low=0.45, high=0.55))
    search.add("regressed", PairedRatio(0.01, low=0.009, high=0.011))
    assert search.unlike == ("2", "3")
    assert search.ratio_of("2") == 0.01


def test_bad_releases_whose_intervals_overlap_are_not_told_apart() -> None:
    search = Bisection(["1", "2", "3"])
    search.add("regressed", PairedRatio(0.5, low=0.4, high=0.6))
    search.add("regressed", PairedRatio(0.55, low=0.45, high=0.65))
    assert search.unlike is None
