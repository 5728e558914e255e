"""Phases from stamps whose times are known."""

import numpy as np
import pytest

from bench.metrics.phase_meter import counted_tasks, phases_of
from bench.metrics.phases import PhaseTurn
from bench.processes.errors import SubjectFailed
from bench.processes.events import Events
from bench.records.figures import Phase
from bench.subject.recorder import ACK_BEGUN, ACKED, CALLED, FINISHED, PUBLISHED, RECEIVED, SERIALISED, STARTED

AT_NS = {
    CALLED: 0,
    SERIALISED: 1,
    PUBLISHED: 3,
    RECEIVED: 7,
    ACK_BEGUN: 9,
    ACKED: 14,
    STARTED: 15,
    FINISHED: 31,
}
PHASES: dict[Phase, int] = {
    "serialise": 1,
    "publish": 2,
    "queue wait": 4,
    "prefetch wait": 8,
    "run": 16,
    "acknowledge": 5,
}
FIRST, TASKS = 40, 20

Event = tuple[int, int, int]


def way(number: int, **changes: int | None) -> list[Event]:
    """Return the stamps of one task; ``changes`` are in nanoseconds, None takes a stamp away."""
    names = {"published": PUBLISHED, "received": RECEIVED, "acked": ACKED, "started": STARTED, "finished": FINISHED}
    at_ns = {**AT_NS, **{names[name]: at for name, at in changes.items()}}
    return [(number, kind, 100 * number + at) for kind, at in at_ns.items() if at is not None]


def turn_of(events: list[Event]) -> PhaseTurn:
    found = phases_of(Events(*np.asarray(events, dtype=np.int64).T), FIRST, TASKS)
    return PhaseTurn(subject="redis", tasks=len(counted_tasks(FIRST, TASKS)), phases=found)


def samples(turn: PhaseTurn) -> dict[Phase, dict[int, int]]:
    return {phase: dict(zip(times.values_ns, times.counts, strict=True)) for phase, times in turn.phases.items()}


def ways() -> list[Event]:
    return [event for number in range(FIRST, FIRST + TASKS) for event in way(number)]


def test_each_phase_is_between_its_two_stamps() -> None:
    turn = turn_of(ways())
    assert turn.tasks == 18
    assert samples(turn) == {phase: {took_ns: 18} for phase, took_ns in PHASES.items()}


def test_the_first_tenth_is_no_part_of_it() -> None:
    slow = [event for number in (FIRST, FIRST + 1) for event in way(number, started=5000, finished=9000)]
    late = [event for event in ways() if event[0] >= FIRST + 2]
    assert samples(turn_of(slow + late))["run"] == {16: 18}


def test_a_task_that_is_received_before_its_call_returns_waits_less_than_nothing() -> None:
    events = [event for event in ways() if event[0] < FIRST + TASKS - 1] + way(FIRST + TASKS - 1, published=9)
    assert samples(turn_of(events))["queue wait"] == {4: 17, -2: 1}


def test_a_task_without_a_stamp_is_missing_where_it_belongs_and_nowhere_else() -> None:
    events = [event for event in ways() if event[0] < FIRST + TASKS - 1] + way(FIRST + TASKS - 1, acked=None)
    turn = turn_of(events)
    assert turn.tasks == 18
    assert {phase: sum(times.counts) for phase, times in turn.phases.items()} == {
        **dict.fromkeys(PHASES, 18),
        "acknowledge": 17,
    }


def test_a_task_that_ran_twice_counts_by_its_first_time() -> None:
    again = [(FIRST + 9, STARTED, 10**6), (FIRST + 9, FINISHED, 2 * 10**6)]
    assert samples(turn_of([*again, *ways()]))["run"] == {16: 18}


def test_tasks_of_other_turns_are_no_part_of_it() -> None:
    others = [event for number in (0, FIRST - 1, FIRST + TASKS) for event in way(number, finished=10**6)]
    assert turn_of(others + ways()) == turn_of(ways())


def test_a_phase_that_no_task_has_the_stamps_of_is_an_error() -> None:
    with pytest.raises(SubjectFailed, match="none of the 18 tasks has both stamps of the phase 'acknowledge'"):
        turn_of([event for event in ways() if event[1] != ACKED])
