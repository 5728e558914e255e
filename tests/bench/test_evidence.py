"""The evidence for a figure's reason, from blocks whose truth is known and from a real run."""

import math

import pytest

from bench.figures.evidence import Evidence, Evidences
from bench.figures.tally import Tally
from bench.metrics.first_publish import FirstPublishTurn
from bench.metrics.throughput import DrainTurn, Throughput
from bench.records.bounds import MOST
from bench.records.effort import Effort, Pauses, Role
from bench.records.turns import Block, Key, Series, Turn

S, MS = 1_000_000_000, 1_000_000
REDIS: Key = ("redis", "celery")


def block(*turns: Turn, metric: str = "throughput", warmup: bool = False) -> Block:
    return Block(number=0, metric=metric, warmup=warmup, other_cores=0.5, turns=list(turns))


def drained(*, pauses: Pauses | None = None, effort: Effort | None = None) -> DrainTurn:
    return DrainTurn(
        subject="redis",
        warmup_tasks=4,
        tasks=8,
        duration_ns=2 * S,
        span_ns=2 * S,
        pauses=pauses,
        effort=effort,
        message_bytes=500,
    )


def paused(typical_ns: int, count: int, *, scatter_ns: int = 0, tasks_between: float = 4) -> Pauses:
    total_ns = count * typical_ns
    return Pauses(
        span_ns=2 * S,
        idle_ns=total_ns,
        count=count,
        total_ns=total_ns,
        typical_ns=typical_ns,
        scatter_ns=scatter_ns,
        tasks_between=tasks_between,
    )


def evidence_of(*turns: Turn, metric: str = "throughput") -> Evidence:
    tally = Tally()
    for turn in turns:
        tally.add(block(turn, metric=metric))
    found = tally.evidence.of(Series(metric), REDIS)
    assert found is not None
    return found


def test_efforts_add_up_and_a_role_counts_where_it_is_known() -> None:
    cpu_ns: dict[Role, int] = {"server": S, "worker": S // 2}
    both = Effort(wall_ns=2 * S, cpu_ns=cpu_ns, throttled_ns=7, syncs=3, ready_ns={"worker": 4})
    one = Effort(wall_ns=2 * S, cpu_ns={"server": 2 * S}, throttled_ns=1, syncs=5, ready_ns={"worker": 6})
    found = evidence_of(drained(effort=both), drained(effort=one), drained())
    assert (found.turns, found.operations, found.counted_ns, found.wall_ns) == (3, 24, 6 * S, 4 * S)
    assert (found.cores("server"), found.cores("worker"), found.cores("relay")) == (0.75, 0.25, None)
    assert (found.throttled_ns, found.syncs, found.disk_ns) == (8, 8, None)
    assert found.ready_ns == {"worker": 10}
    assert (found.message_bytes, found.other_cores, found.per_operation_ns) == (500, 0.5, S / 4)


def test_a_timer_is_told_from_the_gaps_of_the_turns_without_one() -> None:
    timer = [drained(pauses=paused(S + away, 1)) for away in (0, 2 * MS, -2 * MS)]
    without = [drained(pauses=paused(MS, 200, tasks_between=1)) for _ in range(3)]
    found = evidence_of(*timer, *without).pauses
    assert found is not None
    assert (found.count, found.total_ns, found.tasks_between) == (3, 3 * S, 4)
    assert found.typical_ns == pytest.approx(S, rel=0.01)
    assert found.scatter_ns <= 3 * MS
    assert (found.span_ns, found.idle_ns) == (12 * S, 3 * S + 600 * MS)


def test_pauses_of_all_lengths_have_a_scatter() -> None:
    lengths = [drained(pauses=paused(length_ns, 1)) for length_ns in range(S // 2, S, 50 * MS)]
    found = evidence_of(*lengths).pauses
    assert found is not None
    assert found.count == 10
    assert found.scatter_ns == pytest.approx(S / 8, rel=0.3)


def test_sums_beyond_any_honest_record_are_no_error() -> None:
    most = paused(1, 1).model_copy(
        update=dict.fromkeys(("span_ns", "idle_ns", "count", "total_ns", "typical_ns", "scatter_ns"), MOST)
    )
    found = evidence_of(*[drained(pauses=most, effort=Effort(wall_ns=MOST, syncs=MOST))] * 3)
    assert found.pauses is not None
    assert (found.pauses.span_ns, found.pauses.typical_ns, found.syncs) == (3 * MOST, MOST, 3 * MOST)


def test_the_warm_up_is_no_evidence_and_nothing_is_known_without_turns() -> None:
    tally = Tally()
    tally.add(block(drained(), warmup=True))
    assert tally.evidence.of(Series("throughput"), REDIS) is None
    assert Evidences().of(Series("enqueue"), REDIS) is None


def test_the_effort_of_several_figures_is_that_of_none() -> None:
    effort = Effort(wall_ns=S)
    turn = FirstPublishTurn(subject="redis", process_ns=MS, threads_ns=[MS], effort=effort)
    tally = Tally()
    tally.add(block(turn, metric="first-publish"))
    found = [tally.evidence.of(series, REDIS) for series in tally.series]
    assert [(one.turns, one.wall_ns) for one in found if one] == [(1, 0), (1, 0)]


def test_memory_does_not_grow_with_the_turns() -> None:
    evidences = Evidences()
    for number in range(5_000):
        turn = drained(pauses=paused(round(MS * math.exp(number % 977 / 100)), 3), effort=Effort(wall_ns=S))
        (part,) = Throughput().parts(turn)
        evidences.add(block(turn), turn, [(Series("throughput"), part)])
    (kept,) = evidences._found.values()
    assert len(kept.pausing._kinds) < 200
