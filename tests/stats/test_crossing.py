"""Crossings and lines over the distance, held to known truth by simulation."""

from functools import cache

import numpy as np
import pytest

from bench.stats.crossing import FoundCrossing, LineFit, Point, difference, find_crossing, fit_line

MS = 1e6
DISTANCES = np.array([0, 0.3, 1, 3, 10, 30]) * MS
NOISE, LUCK, DRIFT = 0.01, 0.02, 0.02  # of a figure, of a set of processes, and of the machine between two points
RUNS = 400
Law = tuple[float, float]
"""The fixed nanoseconds and the round trips of an operation."""


def exact(law: Law) -> list[Point]:
    return [(float(x), law[0] + law[1] * x, NOISE * (law[0] + law[1] * x)) for x in DISTANCES]


def gap(own: Law, to: Law) -> list[Point]:
    pairs = zip(exact(own), exact(to), strict=True)
    return [(x, own_ns - to_ns, NOISE * own_ns) for (x, own_ns, _), (_, to_ns, _) in pairs]


def flip_of(own: Law, to: Law) -> float:
    return (to[0] - own[0]) / (own[1] - to[1])


@cache
def simulated(own: Law, to: Law, *, seed: int = 1) -> list[FoundCrossing]:
    """Return what many runs find: the machine drifts alike for both, and each process has its own luck."""
    rng = np.random.default_rng(seed)
    return [find_crossing(_drawn(own, to, rng), max(own[0], to[0])) for _ in range(RUNS)]


def _drawn(own: Law, to: Law, rng: np.random.Generator) -> list[Point]:
    points = []
    for x in DISTANCES:
        drift, luck = rng.normal(0, DRIFT), rng.normal(0, LUCK, 2)
        noise = rng.normal(0, NOISE, 2)
        own_ns, to_ns = (
            (law[0] * np.exp(drift + luck[place]) + law[1] * x) * np.exp(noise[place])
            for place, law in enumerate((own, to))
        )
        found, error = difference(own_ns, np.log(own_ns / to_ns), NOISE * 2**0.5, 0.0)
        points.append((float(x), found, error))
    return points


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


FLIPPING = [
    ((1.0 * MS, 1.0), (0.3 * MS, 2.0)),
    ((0.4 * MS, 0.95), (0.3 * MS, 1.05)),
    ((0.8 * MS, 0.1), (0.3 * MS, 4.0)),
]
NOT_FLIPPING = [
    ((0.3 * MS, 1.0), (0.3 * MS, 1.0)),
    ((0.303 * MS, 1.0), (0.3 * MS, 1.0)),
    ((0.4 * MS, 1.0), (0.3 * MS, 1.0)),
    ((2.0 * MS, 0.98), (0.3 * MS, 1.02)),  # they would cross at 42 ms
    ((0.9 * MS, 1.02), (0.3 * MS, 1.0)),  # and these before 0
]


@pytest.mark.parametrize(("own", "to"), FLIPPING)
def test_nineteen_of_twenty_intervals_hold_the_distance_at_which_the_ranking_flips(own: Law, to: Law) -> None:
    found = simulated(own, to)
    assert share([one.at is not None for one in found]) > 0.95
    held = [one.at.low <= flip_of(own, to) <= one.at.high for one in found if one.at]  # type: ignore[operator]
    assert share(held) >= 0.91


@pytest.mark.parametrize(("own", "to"), FLIPPING)
def test_a_flip_lies_within_the_measured_distances_and_is_told_from_both_ends(own: Law, to: Law) -> None:
    for one in simulated(own, to):
        if one.at:
            assert 0 <= one.at.low <= one.at.value <= one.at.high <= DISTANCES[-1]  # type: ignore[operator]
            assert (one.near, one.far, one.everywhere) == (1, -1, False)


@pytest.mark.parametrize(("own", "to"), NOT_FLIPPING)
def test_hardly_a_run_claims_a_flip_where_there_is_none(own: Law, to: Law) -> None:
    assert share([one.at is not None for one in simulated(own, to)]) <= 0.05


def test_equal_subjects_are_hardly_ever_found_different_at_every_distance() -> None:
    assert share([one.everywhere for one in simulated((0.3 * MS, 1.0), (0.3 * MS, 1.0))]) <= 0.05


def test_a_subject_that_is_far_slower_is_slower_at_every_distance() -> None:
    found = simulated((3.0 * MS, 4.0), (0.3 * MS, 1.0))
    assert share([one.everywhere and (one.near, one.far) == (1, 1) for one in found]) > 0.95


def test_exact_lines_give_their_crossing_back_and_nothing_beyond_the_range() -> None:
    at = find_crossing(gap((1.0 * MS, 1.0), (0.3 * MS, 2.0)), MS).at
    assert at is not None
    assert at.value == pytest.approx(0.7 * MS)
    beyond = find_crossing(gap((50 * MS, 1.0), (1 * MS, 2.0)), MS)
    assert (beyond.at, beyond.everywhere, beyond.near) == (None, True, 1)


@cache
def fits(law: Law) -> list[LineFit]:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(RUNS):
        times = law[0] * np.exp(rng.normal(0, 0.03, len(DISTANCES))) + law[1] * DISTANCES
        times *= np.exp(rng.normal(0, NOISE, len(DISTANCES)))
        found.append(fit_line([(x, time, NOISE * time) for x, time in zip(DISTANCES, times, strict=True)]))
    return found


@pytest.mark.parametrize("law", [(0.4 * MS, 1.2), (1.5 * MS, 4.0), (2.0 * MS, 0.0)])
def test_nineteen_of_twenty_intervals_hold_the_round_trips_and_the_rest(law: Law) -> None:
    for place, intervals in enumerate(([one.fixed for one in fits(law)], [one.slope for one in fits(law)])):
        assert share([one.low <= law[place] <= one.high for one in intervals]) >= 0.91  # type: ignore[operator]


def test_a_line_misses_nothing_and_a_curve_says_by_how_much() -> None:
    line = fit_line(exact((0.4 * MS, 1.2)))
    assert (line.fixed.value, line.slope.value) == (pytest.approx(0.4 * MS), pytest.approx(1.2))
    assert line.misses == pytest.approx(0, abs=1e-9)
    curve: list[Point] = [(float(x), max(0.4 * MS, 4.0 * (x - 5 * MS)), 1e3) for x in DISTANCES]
    assert fit_line(curve).misses > 0.1


def test_a_point_that_is_itself_uncertain_is_not_missed() -> None:
    points: list[Point] = [(float(x), 0.4 * MS + 1.2 * x, 0.01 * MS) for x in DISTANCES]
    points[2] = (points[2][0], 1.3 * points[2][1], 0.2 * points[2][1])
    assert fit_line(points).misses < 0.1


@pytest.mark.parametrize(
    "points",
    [
        exact((0.4 * MS, 1.2))[:3],
        [(1.0, 2.0, 0.1)] * 6,
        [(float(x), 0.0, 0.1) for x in DISTANCES],
        [(float(x), float("nan"), 0.1) for x in DISTANCES],
        [(float(x), 1.0, -1.0) for x in DISTANCES],
    ],
)
def test_what_shows_no_line_is_refused(points: list[Point]) -> None:
    with pytest.raises(ValueError, match=r"distances|times"):
        fit_line(points)
