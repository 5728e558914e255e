"""What is derived from a sweep over the distance: round trips, the rest of the time, and who is faster where."""

from typing import Any

import pytest

from bench.figures.crossings import crossings, round_trips, time_ns
from bench.records.figures import Crossing, Estimate, Ratio, RoundTrips, Row
from bench.records.turns import Place

DISTANCES_NS = (0, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000)
Law = tuple[float, float]
"""The fixed nanoseconds and the round trips of an operation."""


def made_rows(
    metric: str, laws: dict[str, Law], *, distances: tuple[int, ...] = DISTANCES_NS, wide: float = 0.02, **rest: Any
) -> list[Row]:
    """Make the rows of subjects whose times are known exactly; all but the first are compared with that one."""
    first = next(iter(laws))
    rows = []
    for rtt_ns in distances:
        times = {label: fixed + trips * rtt_ns for label, (fixed, trips) in laws.items()}
        for label, own_ns in times.items():
            rows.append(made_row(metric, label, own_ns, {"rtt_ns": rtt_ns, **rest}, (first, times[first]), wide))
    return rows


def made_row(metric: str, label: str, own_ns: float, at: Place, to: tuple[str, float], wide: float) -> Row:
    rate = metric == "throughput"
    value = to[1] / own_ns if rate else own_ns / to[1]
    ends = {"low": value * (1 - wide), "high": value * (1 + wide)} if wide else {}
    certain = "equivalent" if abs(value - 1) < 0.02 else "improved" if (value > 1) == rate else "regressed"
    verdict = certain if wide else "inconclusive"
    ratio = Ratio(to=to[0], value=value, **ends, blocks=9, generations=5, verdict=verdict)
    figure = Estimate(value=1e9 / own_ns if rate else own_ns)
    figures = {"per_second" if rate else "median_ns": figure}
    return Row(
        subject=label,
        tier="fast",
        metric=metric,
        at=at,
        blocks=9,
        samples=900,
        ratio=None if label == to[0] else ratio,
        **figures,
    )


def judged(rows: list[Row]) -> list[Crossing]:
    return crossings(rows, round_trips(rows))


@pytest.mark.parametrize("metric", ["enqueue", "throughput"])
def test_a_time_is_its_round_trips_and_the_rest_whether_it_was_measured_as_time_or_as_rate(metric: str) -> None:
    (found, other) = round_trips(made_rows(metric, {"redis": (400_000, 4.0), "rabbitmq": (900_000, 0.9)}))
    assert (found.subject, other.subject) == ("redis", "rabbitmq")
    assert (found.nearest_ns, found.farthest_ns, found.is_line) == (0, 30_000_000, True)
    assert (found.round_trips.value, found.fixed_ns.value) == (pytest.approx(4.0), pytest.approx(400_000))
    assert other.round_trips.value == pytest.approx(0.9)


@pytest.mark.parametrize("metric", ["enqueue", "throughput"])
def test_a_ranking_flips_where_the_lines_cross(metric: str) -> None:
    (found,) = judged(made_rows(metric, {"redis": (400_000, 2.0), "rabbitmq": (900_000, 1.0)}))
    assert (found.subject, found.to, found.verdict, found.near, found.far) == (
        "rabbitmq",
        "redis",
        "flips",
        "slower",
        "faster",
    )
    assert found.flip_ns is not None
    assert found.flip_ns.value == pytest.approx(500_000)
    assert found.between_ns is None


@pytest.mark.parametrize(
    ("law", "verdict"),
    [
        ((900_000, 2.0), "slower"),
        ((200_000, 1.0), "faster"),
        ((400_000, 2.0), "equal"),
        ((90_000_000, 1.0), "slower"),  # they would cross at 89.6 ms, beyond what was measured
    ],
)
def test_nothing_is_claimed_beyond_the_measured_distances(law: Law, verdict: str) -> None:
    (found,) = judged(made_rows("enqueue", {"redis": (400_000, 2.0), "other": law}))
    assert (found.verdict, found.near, found.far, found.flip_ns) == (verdict, verdict, verdict, None)


def test_times_that_are_no_line_only_bracket_the_flip() -> None:
    rows = made_rows("enqueue", {"redis": (400_000, 2.0)})
    for rtt_ns in DISTANCES_NS:  # it waits 5 ms for something, whatever the distance, and then takes the round trips
        own_ns = max(5_000_000.0, 1.2 * rtt_ns)
        to_ns = 400_000 + 2.0 * rtt_ns
        rows.append(made_row("enqueue", "other", own_ns, {"rtt_ns": rtt_ns}, ("redis", to_ns), 0.02))
    (found,) = judged(rows)
    assert (found.verdict, found.is_line, found.flip_ns) == ("flips", False, None)
    assert found.between_ns == (1_000_000, 3_000_000)
    assert (found.near, found.far) == ("slower", "faster")


def test_too_few_distances_have_no_line_and_may_still_bracket_a_flip() -> None:
    laws = {"redis": (400_000, 2.0), "rabbitmq": (900_000, 1.0)}
    rows = made_rows("enqueue", laws, distances=(0, 1_000_000, 10_000_000))
    assert not round_trips(rows)
    (found,) = judged(rows)
    assert (found.verdict, found.between_ns) == ("flips", (0, 1_000_000))


def test_ratios_without_intervals_bracket_nothing() -> None:
    laws = {"redis": (400_000, 2.0), "rabbitmq": (900_000, 1.0)}
    (found,) = judged(made_rows("enqueue", laws, distances=(0, 1_000_000, 10_000_000), wide=0))
    assert (found.verdict, found.near, found.far) == ("unclear", "unclear", "unclear")


def test_one_ratio_without_an_interval_does_not_hide_the_flip() -> None:
    rows = made_rows("enqueue", {"redis": (400_000, 2.0), "rabbitmq": (900_000, 1.0)})
    last = rows[-1].ratio
    assert last
    bare = rows[-1].model_copy(update={"ratio": last.model_copy(update={"low": None, "high": None})})
    (found,) = judged([*rows[:-1], bare])
    assert found.flip_ns is not None
    assert found.flip_ns.value == pytest.approx(500_000)


def test_each_value_of_another_key_has_its_own_line_and_its_own_flip() -> None:
    rows = [
        *made_rows("enqueue", {"redis": (400_000, 2.0), "rabbitmq": (900_000, 1.0)}, payload_bytes=0),
        *made_rows("enqueue", {"redis": (500_000, 2.0), "rabbitmq": (3_500_000, 1.0)}, payload_bytes=65536),
    ]
    found = judged(rows)
    assert [one.at for one in found] == [{"payload_bytes": 0}, {"payload_bytes": 65536}]
    assert [one.flip_ns and round(one.flip_ns.value, -3) for one in found] == [500_000, 3_000_000]
    assert len(round_trips(rows)) == 4


def test_void_figures_are_in_no_line() -> None:
    rows = made_rows("enqueue", {"redis": (400_000, 2.0), "rabbitmq": (900_000, 1.0)})
    void = [row.model_copy(update={"void": "late"}) if row.at["rtt_ns"] == 3_000_000 else row for row in rows]
    assert time_ns(void[6]) is None
    (found,) = judged(void)
    assert found.flip_ns is not None
    assert found.flip_ns.value == pytest.approx(500_000)
    assert not judged([row.model_copy(update={"void": "late"}) for row in rows])


def standing(found: Crossing) -> dict[int, str]:
    return {one.rtt_ns: one.ahead for one in found.measured}


def changed(rows: list[Row], rtt_ns: int, subject: str = "rabbitmq", **changes: Any) -> list[Row]:
    """Return the rows, of which one subject's at one distance has another verdict, or is void."""
    of_ratio = {name: changes.pop(name) for name in ("verdict",) if name in changes}
    return [
        row.model_copy(update=changes | ({"ratio": row.ratio.model_copy(update=of_ratio)} if row.ratio else {}))
        if (row.subject, row.at["rtt_ns"]) == (subject, rtt_ns)
        else row
        for row in rows
    ]


def test_each_measured_distance_keeps_its_verdict() -> None:
    rows = made_rows("throughput", {"redis": (400_000, 2.0), "rabbitmq": (900_000, 1.0)})
    rows = changed(changed(rows, 1_000_000, void="late"), 3_000_000, "redis", void="late")
    (found,) = judged(changed(changed(rows, 0, verdict="inconclusive"), 30_000_000, verdict="equivalent"))
    assert standing(found) == {
        0: "unclear",
        300_000: "slower",
        1_000_000: "void",
        3_000_000: "void",
        10_000_000: "faster",
        30_000_000: "equal",
    }


def test_a_flip_that_a_verdict_contradicts_is_not_claimed() -> None:
    rows = made_rows("enqueue", {"redis": (400_000, 2.0), "rabbitmq": (900_000, 1.0)})
    (found,) = judged(changed(rows, 10_000_000, verdict="regressed"))
    assert (found.verdict, found.flip_ns, found.between_ns) == ("unclear", None, None)
    assert standing(found)[10_000_000] == "slower"


def test_a_sign_that_a_verdict_contradicts_is_not_claimed_everywhere() -> None:
    rows = made_rows("enqueue", {"redis": (900_000, 2.0), "rabbitmq": (400_000, 1.0)})
    (found,) = judged(changed(rows, 10_000_000, verdict="regressed"))
    assert found.verdict == "unclear"


def test_no_fit_divides_what_is_equal_at_every_distance() -> None:
    rows = made_rows("enqueue", {"redis": (400_000, 2.0), "rabbitmq": (403_000, 1.99)}, wide=0.0001)
    (found,) = judged(rows)
    assert (found.verdict, found.flip_ns) == ("equal", None)


def test_without_distances_nothing_is_derived() -> None:
    rows = [row.model_copy(update={"at": {}}) for row in made_rows("enqueue", {"redis": (1e6, 1.0)}, distances=(0,))]
    assert not round_trips(rows)
    assert not judged(rows)


def test_records_of_lines_and_crossings_survive_being_written() -> None:
    rows = made_rows("enqueue", {"redis": (400_000, 2.0), "rabbitmq": (900_000, 1.0)})
    for one in [*round_trips(rows), *judged(rows)]:
        assert type(one).model_validate_json(one.model_dump_json()) == one
        assert isinstance(one, RoundTrips | Crossing)
