"""Round trips are a reason at a distance if a sweep shows that they are waited for, or if they were counted."""

from typing import Any

import pytest
from made_results import Made
from seeing import made_evidence, seen

from bench.diagnoses.diagnosis import Found
from bench.diagnoses.round_trips import WaitsForRoundTrips
from bench.records.distance import Distance
from bench.records.figures import Cost, Estimate, RoundTrips
from bench.records.provenance import ServerRecord, WayRecord

MILLISECOND = 1_000_000
FAR = Made(label="redis", tasks_per_s=270, call_ns=1_500_000)
WAY = WayRecord(distance=Distance(rtt_ns=MILLISECOND), added_ns=MILLISECOND, real_rtt_ns=0)
COST = Cost(subject="redis", tier="fast", tasks=100, round_trips={"enqueue": 1.0, "drain": 3.0})


def line(metric: str, trips: float, *, is_line: bool = True) -> RoundTrips:
    fixed, slope = Estimate(value=1_340_000), Estimate(value=trips)
    known = {"nearest_ns": 0, "farthest_ns": 3 * MILLISECOND, "misses": 0.0}
    return RoundTrips(
        subject="redis", tier="fast", metric=metric, round_trips=slope, fixed_ns=fixed, is_line=is_line, **known
    )


def found(metric: str, *, ways: list[WayRecord], cores: dict[str, float] | None = None, **changes: Any) -> Found | None:
    evidence = made_evidence(cores=cores or {"producer": 0.2, "worker": 0.2, "child": 0.1})
    subject = {"ways": [way.model_dump() for way in ways]}
    return WaitsForRoundTrips().find(seen(metric, evidence, made=FAR, subject=subject, **changes))


def test_a_sweep_shows_for_how_many_a_task_waits() -> None:
    one = found("throughput", ways=[WAY], round_trips=[line("throughput", 2.35)])
    assert one is not None
    assert one.share == pytest.approx(2.35 / 3.7, rel=0.02)
    assert one.text.startswith("each task waits for 2.35 round trips of 1 ms: 6")
    assert one.text.endswith("of the time, and no more than 426 /s on one connection, one after the other")


def test_counted_ones_explain_no_more_than_the_time_without_computing() -> None:
    one = found("throughput", ways=[WAY], costs=[COST], cores={"worker": 0.4, "child": 0.2})
    assert one is not None
    assert one.text.startswith("each task makes 3 round trips of 1 ms: 40 % of the time")
    call = found("enqueue", ways=[WAY], costs=[COST])
    assert call is not None
    assert call.share == pytest.approx(1 / 1.5, rel=0.05)


@pytest.mark.parametrize(("ping_ns", "is_named"), [(MILLISECOND, True), (80_000, False), (None, False)])
def test_a_users_server_is_as_far_as_its_ping(ping_ns: int | None, is_named: bool) -> None:
    server = ServerRecord(software="redis", version="8", private=False, emulator=False, settings={}, ping_ns=ping_ns)
    evidence = made_evidence(cores={"producer": 0.2})
    one = WaitsForRoundTrips().find(
        seen("enqueue", evidence, made=FAR, subject={"server": server.model_dump()}, costs=[COST])
    )
    assert (one is not None) == is_named
    assert one is None or one.text.startswith("each call makes 1 round trip of 1 ms: 6")


@pytest.mark.parametrize(
    ("ways", "changes"),
    [
        ([], {"costs": [COST]}),
        ([WAY], {}),
        ([WAY], {"round_trips": [line("throughput", 2.35, is_line=False)]}),
        ([WAY], {"round_trips": [line("throughput", 0.02)]}),
    ],
    ids=["no distance", "nobody counted", "no line", "no answer is waited for"],
)
def test_without_a_distance_or_a_count_there_is_none(ways: list[WayRecord], changes: dict[str, Any]) -> None:
    assert found("throughput", ways=ways, **changes) is None


def test_without_cpu_times_what_was_counted_explains_nothing() -> None:
    one = found("throughput", ways=[WAY], costs=[COST], cores={"harness": 1.0})
    assert one is not None
    assert one.share == 0
