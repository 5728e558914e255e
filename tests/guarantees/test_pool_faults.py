"""Faults of a worker's pool: they find a worker that does wrong, and what they say of a ledger is what is in it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from crooked_apps import FORGETFUL, crooked_app

from bench.guarantees.faults import autoscale, catalogue, max_tasks_per_child, reconnect_busy
from bench.guarantees.ledger import Event, Ledger
from bench.guarantees.setup import Setup
from bench.guarantees.worker_argv import worker_argv
from bench.processes.launcher import WORKER_OPTIONS
from bench.records.matrix import Cell
from bench.subject.recorder import ACKED, FINISHED, RECEIVED, STARTED

Play = Callable[..., Cell]
S = 1_000_000_000
ONE, OTHER = 11, 22  # processes


def ledger(*events: tuple[float, int, int, int]) -> Ledger:
    """Return the ledger of these events: seconds, task, kind and process."""
    return Ledger(tuple(sorted(Event(round(at_s * S), number, kind, pid) for at_s, number, kind, pid in events)))


def run(number: int, start_s: float, end_s: float, pid: int = ONE) -> list[tuple[float, int, int, int]]:
    return [(start_s, number, STARTED, pid), (end_s, number, FINISHED, pid)]


def test_a_worker_that_forgets_after_a_reconnect_which_process_is_busy_is_found(play: Play, tmp_path: Path) -> None:
    cell = play("reconnect-busy", "rabbitmq", workload=crooked_app(tmp_path, FORGETFUL))
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.duplicated) == ("broken", [], [])
    assert attempt.figures["held_back_tasks"] >= 1
    assert attempt.figures["longest_wait_s"] > 2


@pytest.mark.parametrize(
    ("received_s", "start_s", "kept", "held"),
    [
        (3.0, 10.01, False, 1),  # it waited for the end of the long task at 10 s
        (3.0, 3.01, None, 0),
        (3.0, 9.5, None, 0),  # something else held it back
        (9.8, 10.01, None, 0),  # it came as the long task ended
    ],
)
def test_a_task_that_starts_after_the_long_one_was_held_back_by_it(
    received_s: float, start_s: float, kept: bool | None, held: int
) -> None:
    events = [*run(0, 0.0, 10.0), (received_s, 1, RECEIVED, 1), *run(1, start_s, start_s + 0.01)]
    found = reconnect_busy._found(ledger(*events), 0, 1 * S)
    assert (found.kept, found.figures["held_back_tasks"]) == (kept, held)
    assert found.tested == (received_s < 9.5)


def test_the_long_task_itself_may_not_wait_for_its_own_end_when_it_is_delivered_again() -> None:
    again = [(0.0, 0, RECEIVED, 1), *run(0, 0.1, 10.0), (2.0, 0, RECEIVED, 1), *run(0, 10.1, 20.0)]
    assert reconnect_busy._found(ledger(*again), 0, 1 * S).kept is False
    beside = [(0.0, 0, RECEIVED, 1), *run(0, 0.1, 10.0), (2.0, 0, RECEIVED, 1), *run(0, 2.1, 12.0, OTHER)]
    assert reconnect_busy._found(ledger(*beside), 0, 1 * S).kept is None


def test_a_standstill_is_from_the_end_in_one_process_to_the_start_in_the_next() -> None:
    found = ledger(*run(0, 0.0, 1.0), *run(1, 1.5, 2.0), *run(2, 5.0, 5.5, OTHER), *run(3, 6.0, 6.5, 33))
    assert max_tasks_per_child._standstills_s(found) == [3.0, 0.5]
    assert [len(starts) for starts in max_tasks_per_child._by_process(found)] == [2, 1, 1]


def test_what_runs_and_what_is_held_at_the_same_time_is_counted() -> None:
    runs = [*run(0, 0.0, 2.0), *run(1, 1.0, 3.0, OTHER), *run(2, 2.5, 4.0), *run(9, 0.0, 9.0, 33)]
    held = [(0.1 * number, number, RECEIVED, 1) for number in range(3)] + [(1.0, 0, ACKED, 1)]
    found = ledger(*runs, *held)
    assert autoscale._most_at_once(found, range(3)) == 2
    assert autoscale._most_held(found, range(3)) == 3


def test_a_fault_may_add_options_to_a_worker_and_let_it_mingle(tmp_path: Path) -> None:
    usual = worker_argv(Setup(), ["one", "two"], tmp_path)
    assert usual[usual.index("--queues") + 1] == "one,two"
    assert set(WORKER_OPTIONS) <= set(usual)
    own = worker_argv(Setup(worker_options=("--statedb", "{folder}/x"), mingle=True), ["one"], tmp_path)
    assert own[-2:] == ["--statedb", f"{tmp_path}/x"]
    assert "--without-mingle" not in own


def test_the_faults_of_a_pool_set_what_they_are_about_after_the_users_own_settings() -> None:
    faults = catalogue()
    assert faults["max-tasks-per-child-late"].settings["worker_max_tasks_per_child"] == 5
    assert faults["autoscale"].worker_options == ("--autoscale=4,1",)
    assert replace(faults["revoked-persistently-mingle"], mingle=False).worker_options == ()
