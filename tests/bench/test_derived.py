"""What is derived beside the rows: their order, capacities, limits, and how throughput scales."""

from typing import Any

import pytest
from made import made_subject

from bench.compare.sweep_points import failures_at, in_order
from bench.engine.capacity_search import CapacitySearch
from bench.engine.plan import Plan, Point
from bench.engine.search import capacities
from bench.metrics.metric import Found
from bench.metrics.payload_limit import LargestPayload, PayloadLimitTurn
from bench.metrics.scaling import scaling
from bench.records.figures import Estimate, Row
from bench.records.turns import Block, Layer, Place
from bench.records.workload import Workload


def row(metric: str, per_second: float = 1.0, layer: Layer = "celery", **at: Any) -> Row:
    return Row(
        subject="a",
        layer=layer,
        tier="fast",
        metric=metric,
        at=at,
        blocks=1,
        samples=1,
        per_second=Estimate(value=per_second),
    )


def test_rows_are_ordered_by_metric_and_point_and_otherwise_stay_as_they_came() -> None:
    points: list[Place] = [{"pool": "solo"}, {"pool": "prefork"}]
    rows = [
        row("latency", pool="prefork", load=0.25),
        row("latency", pool="prefork", load=0.9),
        row("enqueue", pool="prefork"),
        row("latency", pool="solo", load=0.25),
        row("enqueue", pool="solo"),
        row("enqueue", layer="raw", pool="solo"),
    ]
    assert in_order(rows, ["enqueue", "latency"], points) == [rows[4], rows[5], rows[2], rows[3], rows[0], rows[1]]


def test_without_a_sweep_rows_are_ordered_by_metric() -> None:
    rows = [row("first-publish", of="process"), row("throughput"), row("enqueue")]
    assert in_order(rows, ["enqueue", "throughput", "first-publish"], [{}]) == rows[::-1]


POINTS = [Point({"concurrency": number}, Workload(name="own", concurrency=number)) for number in (1, 2)]
PLAN = Plan(metrics=["capacity"], points=POINTS, limit_ns=5_000_000)


def searched(truth_per_s: float, fastest_per_s: float = 1e9) -> CapacitySearch:
    search = CapacitySearch(100.0)
    while (rate := search.next_rate_per_s()) is not None:
        search.add(rate <= truth_per_s, limited_by_generator=rate > fastest_per_s)
    return search


def test_there_is_a_capacity_for_each_point_and_subject_that_was_searched() -> None:
    a, b = ("a", "celery"), ("b", "celery")
    found = capacities(
        [made_subject("a"), made_subject("b", "durable"), made_subject("c")],
        PLAN,
        {1: {a: searched(300)}, 0: {b: searched(150), a: searched(90)}},
    )
    assert [(one.subject, one.tier, one.at) for one in found] == [
        ("a", "fast", {"concurrency": 1}),
        ("b", "durable", {"concurrency": 1}),
        ("a", "fast", {"concurrency": 2}),
    ]
    assert [one.rate_per_s for one in found] == pytest.approx([90, 150, 300], rel=0.05)
    assert all((one.limit_ns, one.confirmed, one.at_least) == (5_000_000, 3, False) for one in found)
    assert all(one.failed_per_s is not None and one.rate_per_s < one.failed_per_s for one in found)  # type: ignore[operator]


def test_a_capacity_may_be_unknown_or_known_from_below() -> None:
    searches = {0: {("a", "celery"): searched(0), ("b", "celery"): searched(1e9, fastest_per_s=200)}}
    none, least = capacities([made_subject("a"), made_subject("b")], PLAN, searches)
    assert none.rate_per_s is None
    assert none.failed_per_s is not None
    assert none.failed_per_s < 2
    assert least.at_least
    assert least.failed_per_s is None


def test_a_subjects_failures_are_told_by_the_point() -> None:
    failures = {(("a", "celery"), 0): "one", (("a", "raw"), 0): "two", (("a", "celery"), 2): "three"}
    assert failures_at(failures, "a", "celery") == {0: "one", 2: "three"}  # type: ignore[arg-type]
    assert failures_at(failures, "b", "celery") == {}  # type: ignore[arg-type]


def usl(concurrency: int) -> float:
    return 1000 * concurrency / (1 + 0.05 * (concurrency - 1) + 0.01 * concurrency * (concurrency - 1))


def test_throughput_over_a_sweep_of_concurrency_is_fitted() -> None:
    (found,) = scaling([row("throughput", usl(number), concurrency=number) for number in (1, 2, 4, 8, 12, 16)])
    assert found.per_second.value == pytest.approx(1000, rel=0.01)
    assert found.alpha.value == pytest.approx(0.05, abs=0.005)
    assert found.beta.value == pytest.approx(0.01, abs=0.001)
    assert found.peak_concurrency == pytest.approx(9.7, abs=0.3)
    assert found.why_not is None


def test_without_a_knee_no_peak_is_told() -> None:
    (found,) = scaling([row("throughput", 1000.0 * number, concurrency=number) for number in (1, 2, 4, 6, 8, 16)])
    assert found.peak_concurrency is None
    assert found.why_not == "no knee was measured up to concurrency 16"


def test_a_point_without_an_interval_lets_all_points_weigh_alike() -> None:
    rows = [row("throughput", usl(number), concurrency=number) for number in (1, 2, 4, 8, 12, 16)]
    bare = rows[0].model_copy(update={"per_second": Estimate(value=usl(1))})
    (found,) = scaling([bare, *rows[1:]])
    assert found.alpha.value == pytest.approx(scaling(rows)[0].alpha.value, rel=0.2)


def test_what_is_no_sweep_of_concurrency_scales_nothing() -> None:
    assert scaling([row("throughput"), row("throughput", pool="solo")]) == []
    assert scaling([row("throughput", usl(number), concurrency=number) for number in (1, 2)]) == []
    assert scaling([row("throughput", usl(number), "raw", concurrency=number) for number in (1, 2, 4, 8, 16)]) == []


def test_a_payload_limit_is_that_of_its_subjects_turn() -> None:
    turn = PayloadLimitTurn(subject="b", largest_bytes=262_144, refused_bytes=262_145, reason="too long")
    block = Block(number=0, metric="payload-limit", warmup=False, turns=[turn])
    subjects = [made_subject("a"), made_subject("b", "durable")]
    (found,) = LargestPayload().records(Found(subjects, [block]))["limits"]
    assert (found.subject, found.tier, found.largest_bytes, found.reason) == ("b", "durable", 262_144, "too long")
