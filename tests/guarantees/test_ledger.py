"""The ledger names exactly the tasks to which something happened."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import crooked
import pytest
from crooked import TASKS, Misdeeds, misdeeds
from disks import files_up_to
from hypothesis import given
from hypothesis import strategies as st

from bench.guarantees.ledger import Event, Ledger, read_ledger
from bench.processes.errors import NoRoom
from bench.subject.recorder import (
    ACKED,
    CALLED,
    DUE,
    EXPIRED,
    FINISHED,
    PUBLISHED,
    RECEIVED,
    REFUSED,
    SOFT_LIMITED,
    STARTED,
    TIME_LIMITED,
    Recorder,
    task_id,
)

SECOND_NS = 1_000_000_000
FAULT_NS = 100 * SECOND_NS
DUE_NS = 105 * SECOND_NS


def ledger_of(*told: tuple[float, int, int], runs: dict[int, int] | None = None) -> Ledger:
    """Make a ledger of (seconds, number, kind) each."""
    events = sorted(Event(round(at_s * SECOND_NS), number, kind) for at_s, number, kind in told)
    return Ledger(tuple(events), runs or {})


def run_of(at_s: float, number: int) -> Iterator[tuple[float, int, int]]:
    yield at_s, number, STARTED
    yield at_s + 0.5, number, FINISHED


def sent(at_s: float, number: int) -> Iterator[tuple[float, int, int]]:
    yield at_s, number, CALLED
    yield at_s + 0.1, number, PUBLISHED


# Tables: small ledgers, written by hand


def test_an_empty_ledger_names_nobody() -> None:
    ledger = ledger_of()
    named = [ledger.accepted, ledger.refused, ledger.unanswered, ledger.lost, ledger.duplicated, ledger.uninvited]
    assert named == [set()] * 6
    assert ledger.order == []
    assert ledger.back_ns(FAULT_NS) is None


@pytest.mark.parametrize("limit", [TIME_LIMITED, EXPIRED])
def test_a_task_that_a_limit_ended_is_limited_and_not_lost_and_its_neighbour_is_lost(limit: int) -> None:
    ledger = ledger_of(*sent(1, 0), *sent(1, 1), (2, 0, STARTED), (2, 1, STARTED), (3, 0, limit))
    assert (set(ledger.limited), ledger.lost, ledger.over) == ({0}, {1}, {0})


def test_a_time_limit_of_the_faults_own_is_not_its_users_and_ends_nothing() -> None:
    events = [*sent(1, 0), *sent(1, 1), (2, 0, STARTED), (2, 1, STARTED), (3, 0, TIME_LIMITED), (3, 1, TIME_LIMITED)]
    ledger = replace(ledger_of(*events), timed=frozenset({0}))
    assert (set(ledger.limited), ledger.lost, ledger.over) == ({1}, {0}, {1})
    assert [ledger.was_over(number, 4 * SECOND_NS) for number in (0, 1)] == [False, True]


def test_what_else_limits_a_task_with_a_time_limit_of_the_faults_own_is_its_users() -> None:
    ledger = replace(ledger_of(*sent(1, 0), (2, 0, EXPIRED)), timed=frozenset({0}))
    assert (set(ledger.limited), ledger.lost) == ({0}, set())


def test_a_soft_limit_ends_a_task_only_if_the_task_ends_at_once() -> None:
    asked = [(2.0, number, SOFT_LIMITED) for number in (0, 1, 2)]
    ends = [(2.01, 0, FINISHED), (5.0, 1, FINISHED)]
    ledger = ledger_of(*(event for number in (0, 1, 2) for event in sent(1, number)), *asked, *ends)
    assert (set(ledger.limited), ledger.lost) == ({0}, {2})


def test_a_task_that_expires_after_it_finished_only_does_not_run_again() -> None:
    ledger = ledger_of(*sent(1, 0), *run_of(2, 0), (7, 0, EXPIRED))
    assert (ledger.limited, ledger.not_again, ledger.lost) == ({}, {0}, set())


def test_what_may_have_expired_at_the_broker_is_unknown_unless_it_was_acknowledged_or_is_not_due() -> None:
    """Four tasks are missing: one is due, one was acknowledged, one is due in a day, and one never expires."""
    calls = [event for number in range(4) for event in sent(1, number)]
    now_s = time.monotonic()
    ledger = ledger_of(*calls, (2, 0, DUE), (2, 1, DUE), (1.5, 1, ACKED), (now_s + 86400, 2, DUE))
    assert (ledger.unknown, ledger.lost) == ({0}, {1, 2, 3})


def test_a_retry_that_expires_is_limited() -> None:
    ledger = ledger_of(*sent(1, 0), *run_of(2, 0), (4, 0, EXPIRED), runs={0: 3})
    assert (set(ledger.limited), ledger.not_again) == ({0}, set())


def test_a_worker_that_discards_a_later_task_as_expired_consumes_again() -> None:
    ledger = ledger_of(*sent(1, 0), *sent(101, 1), (102, 1, EXPIRED))
    assert ledger.first_start_ns(FAULT_NS) == 102 * SECOND_NS
    assert ledger_of(*sent(1, 0), (102, 0, EXPIRED)).back_ns(FAULT_NS) == 2 * SECOND_NS


def test_a_call_is_accepted_refused_or_unanswered() -> None:
    ledger = ledger_of(*sent(1, 0), (1, 1, CALLED), (2, 1, REFUSED), (1, 2, CALLED))
    assert (ledger.accepted, ledger.refused, ledger.unanswered) == ({0}, {1}, {2})


def test_only_an_accepted_task_is_lost() -> None:
    ledger = ledger_of(*sent(1, 0), (1, 1, CALLED), (2, 1, REFUSED), (1, 2, CALLED), *sent(1, 3), *run_of(2, 3))
    assert ledger.lost == {0}


def test_a_task_that_starts_and_never_finishes_is_lost() -> None:
    assert ledger_of(*sent(1, 0), (2, 0, STARTED)).lost == {0}


def test_a_task_that_finishes_in_its_second_run_is_not_lost_but_duplicated() -> None:
    ledger = ledger_of(*sent(1, 0), (2, 0, STARTED), *run_of(3, 0))
    assert (ledger.lost, ledger.duplicated) == (set(), {0})


def test_a_task_that_is_received_twice_and_runs_once_is_not_duplicated() -> None:
    assert ledger_of(*sent(1, 0), (2, 0, RECEIVED), (3, 0, RECEIVED), *run_of(4, 0)).duplicated == set()


@pytest.mark.parametrize(("starts", "duplicated"), [(1, set()), (3, set()), (4, {0})])
def test_a_task_may_run_as_often_as_it_should(starts: int, duplicated: set[int]) -> None:
    runs = [event for at_s in range(starts) for event in run_of(2 + at_s, 0)]
    assert ledger_of(*sent(1, 0), *runs, runs={0: 3}).duplicated == duplicated


def test_a_task_that_should_not_run_is_never_lost_and_duplicated_when_it_runs() -> None:
    assert ledger_of(*sent(1, 0), runs={0: 0}).lost == set()
    assert ledger_of(*sent(1, 0), *run_of(2, 0), runs={0: 0}).duplicated == {0}


def test_a_task_runs_uninvited_when_its_caller_was_refused_or_heard_nothing() -> None:
    ledger = ledger_of(*sent(1, 0), (1, 1, CALLED), (2, 1, REFUSED), (1, 2, CALLED), *run_of(3, 0), *run_of(3, 1))
    assert ledger.uninvited == {1}
    assert ledger_of((1, 2, CALLED), *run_of(3, 2)).uninvited == {2}


def test_the_order_is_that_of_first_starts() -> None:
    assert ledger_of(*run_of(1, 2), *run_of(2, 0), *run_of(3, 2), *run_of(4, 1)).order == [2, 0, 1]


def test_a_wait_is_from_the_call_to_the_first_start() -> None:
    ledger = ledger_of(*sent(1, 0), *run_of(3, 0), *run_of(9, 0), *sent(1, 1))
    assert (ledger.wait_ns(0), ledger.wait_ns(1)) == (2 * SECOND_NS, None)
    assert ledger.waits_s([0, 1]) == [2.0]


@pytest.mark.parametrize(
    ("told", "back_s"),
    [
        ([*sent(90, 0), *run_of(91, 0)], None),  # it had finished
        ([*sent(90, 0)], None),  # it never came
        ([*sent(90, 0), *run_of(104, 0)], 4.0),
        ([*sent(90, 0), (95, 0, STARTED), *run_of(103, 0)], 3.0),  # it was running
        ([*sent(90, 0), *run_of(102, 0), *sent(90, 1), *run_of(107, 1)], 7.0),  # the last counts
        ([*sent(101, 0), *run_of(109, 0)], None),  # it was sent after the fault
    ],
)
def test_the_time_back_is_that_of_the_last_task_which_was_open_at_the_fault(
    told: list[tuple[float, int, int]], back_s: float | None
) -> None:
    back_ns = ledger_of(*told).back_ns(FAULT_NS)
    assert back_ns == (None if back_s is None else round(back_s * SECOND_NS))


@pytest.mark.parametrize(
    ("told", "late"),
    [
        ([*sent(90, 0), *run_of(104, 0)], set()),
        ([*sent(90, 0), *run_of(106, 0)], {0}),
        ([*sent(90, 0), (95, 0, STARTED), *run_of(106, 0)], {0}),  # its redelivery was late
        ([*sent(90, 0), *run_of(91, 0), *run_of(106, 0)], set()),  # it had finished: it is duplicated
        ([*sent(101, 0), *run_of(110, 0)], set()),  # it was sent after the fault
        ([*sent(90, 0)], set()),  # it is lost
        ([(90, 0, CALLED), *run_of(106, 0)], set()),  # it was not accepted
    ],
)
def test_a_task_is_late_when_it_was_open_at_the_fault_and_starts_after_the_time_of_a_redelivery(
    told: list[tuple[float, int, int]], late: set[int]
) -> None:
    assert ledger_of(*told).late(FAULT_NS, DUE_NS) == late


# Any pattern of losses and repetitions


@st.composite
def fates(draw: st.DrawFn) -> tuple[str, int, int, int]:
    """Draw a call's answer, how often the task starts, how often it finishes, and how often it should run."""
    starts = draw(st.integers(0, 4))
    answer = draw(st.sampled_from(["accepted", "refused", "unanswered"]))
    return answer, starts, draw(st.integers(0, starts)), draw(st.integers(0, 3))


@given(st.lists(fates(), max_size=30), st.randoms(use_true_random=False))
def test_the_ledger_names_exactly_whom_something_happened_to(
    drawn: list[tuple[str, int, int, int]], rng: object
) -> None:
    answers = {"accepted": [PUBLISHED], "refused": [REFUSED], "unanswered": []}
    told = [
        (number, kind)
        for number, (answer, starts, finishes, _) in enumerate(drawn)
        for kind in [CALLED, *answers[answer], *[STARTED] * starts, *[FINISHED] * finishes]
    ]
    rng.shuffle(told)  # type: ignore[attr-defined]  # whom it names does not hang on when
    clock_ns = count(1)
    events = tuple(Event(next(clock_ns), number, kind) for number, kind in told)
    ledger = Ledger(events, {number: wanted for number, (*_, wanted) in enumerate(drawn)})
    fate = dict(enumerate(drawn))
    accepted = {number for number, (answer, *_) in fate.items() if answer == "accepted"}
    assert ledger.accepted == accepted
    assert ledger.refused == {number for number, (answer, *_) in fate.items() if answer == "refused"}
    assert ledger.unanswered == {number for number, (answer, *_) in fate.items() if answer == "unanswered"}
    assert ledger.lost == {number for number in accepted if not fate[number][2] and fate[number][3]}
    assert ledger.duplicated == {number for number, (_, starts, _, wanted) in fate.items() if starts > wanted}
    assert ledger.uninvited == {number for number, (_, starts, *_) in fate.items() if starts} - accepted
    assert ledger.order == list(dict.fromkeys(number for number, kind in told if kind == STARTED))


# A broker that does wrong at known places, with processes that are killed


@pytest.fixture(scope="module", params=range(3))
def crooked_run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Misdeeds, dict[str, int]]:
    if not hasattr(os, "fork"):
        pytest.skip("this system does not fork")
    directory = tmp_path_factory.mktemp("records")
    command = [sys.executable, crooked.__file__, str(directory), str(request.param)]
    ran = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    return directory, misdeeds(request.param), json.loads(ran.stdout)


def test_the_ledger_names_what_a_crooked_broker_did(crooked_run: tuple[Path, Misdeeds, dict[str, int]]) -> None:
    directory, deeds, at = crooked_run
    ledger = read_ledger(directory, range(TASKS))
    dead, *revived = deeds.fatal
    assert ledger.refused == set(deeds.refused)
    assert ledger.unanswered == ledger.uninvited == {TASKS - 1}
    assert ledger.accepted == set(range(TASKS - 1)) - set(deeds.refused)
    assert ledger.lost == {*deeds.lost, dead}
    assert ledger.duplicated == {*deeds.duplicated, *revived}
    assert ledger.late(at["fault_ns"], at["in_time_ns"]) == set(deeds.late())
    assert ledger.order == list(dict.fromkeys([*deeds.in_time(), *deeds.late()]))


def test_each_process_of_a_crooked_broker_has_its_own_record(
    crooked_run: tuple[Path, Misdeeds, dict[str, int]],
) -> None:
    directory, deeds, _ = crooked_run
    ledger = read_ledger(directory, range(TASKS))
    callers = {event.pid for event in ledger.events if event.kind == CALLED}
    workers = {event.pid for event in ledger.events if event.kind == STARTED}
    killed = [ledger.starts(number)[0].pid for number in deeds.fatal]
    assert len(callers) == 1
    assert len(workers) == len(set(killed)) + 1
    assert not callers & workers


def test_a_ledger_reads_the_tasks_of_its_numbers_alone(
    crooked_run: tuple[Path, Misdeeds, dict[str, int]],
) -> None:
    directory, deeds, _ = crooked_run
    ledger = read_ledger(directory, range(10, 20))
    assert ledger.numbers(CALLED) == set(range(10, 20))
    assert ledger.refused == set(deeds.refused) & set(range(10, 20))


def test_a_record_that_had_no_room_is_no_ledger_for_a_task_that_is_missing_may_have_run(tmp_path: Path) -> None:
    recorder = Recorder(str(tmp_path))
    recorder.record(task_id(0), CALLED)
    for number in range(4095):  # a file first has room for that many
        recorder.record(task_id(number), PUBLISHED)
    with files_up_to(1000), pytest.raises(OSError, match="cannot record tasks"):
        recorder.record(task_id(4095), PUBLISHED)
    with pytest.raises(NoRoom, match="free space there"):
        read_ledger(tmp_path, range(10))
