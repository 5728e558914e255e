"""Faults run on real servers: what a cell says is what happened."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from support import Servers

from bench.guarantees.attempt import Attempt
from bench.guarantees.faults import catalogue
from bench.guarantees.scene import Interrupted
from bench.processes.errors import SubjectFailed
from bench.records.matrix import Cell

Play = Callable[..., Cell]


def test_a_task_whose_child_is_killed_comes_back_where_it_is_rejected(play: Play) -> None:
    cell = play("child-killed-late", "redis")
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.duplicated) == ("kept", [], [0])
    assert attempt.back_s is not None
    assert attempt.recovered_s is not None
    assert cell.settings["broker_transport_options"]["visibility_timeout"] == 5
    assert "3600 s" in cell.by_default


def test_a_killed_workers_task_goes_to_the_next_one(play: Play) -> None:
    cell = play("worker-killed-late", "rabbitmq:durable", repeats=2)
    assert [(attempt.outcome, attempt.lost, attempt.duplicated) for attempt in cell.attempts] == [("kept", [], [0])] * 2
    first = cell.attempts[0].moments
    assert {moment.process.split(",")[0] for moment in first} == {"", "sender", "worker 1", "worker 2"}
    assert [moment.what for moment in first if moment.task is None] == [
        "the worker is killed with its children (SIGKILL)",
        "another worker is ready",
    ]


def test_a_durable_server_that_is_killed_loses_nothing(play: Play) -> None:
    cell = play("server-killed", "redis:durable")
    assert (cell.outcome, cell.attempts[0].lost) == ("kept", [])


def test_a_users_server_is_not_broken(play: Play, servers: Servers) -> None:
    cell = play("server-killed", "redis", server=servers.as_users("redis"))
    assert cell.outcome == "not run"
    assert (
        cell.why
        == "server-killed breaks a server or the connection to it, and REDIS_URL names your own: unset REDIS_URL"
    )
    assert cell.attempts == []


@pytest.mark.parametrize(
    ("subject", "why"),
    [("sqs", "ministack emulates a service"), ("memory", "memory exists only within one process")],
)
def test_a_cell_that_cannot_be_run_says_why(subject: str, why: str, play: Play) -> None:
    cell = play("server-killed", subject)
    assert cell.outcome == "not run"
    assert cell.why.startswith(why)


def test_a_fault_that_fails_to_run_is_not_a_passed_cell(play: Play) -> None:
    failing = replace(catalogue()["worker-killed-late"], run=lambda attempt: attempt.send(1, "tasks.unknown") and None)
    cell = play(failing, "redis")
    assert cell.outcome == "not run"
    assert "tasks.unknown" in cell.why


def test_an_interrupted_cell_gives_up_at_once(play: Play) -> None:
    over = threading.Event()
    waiting = replace(catalogue()["worker-killed-late"], run=lambda attempt: over.set() or attempt.scene.pause(60))
    with pytest.raises(Interrupted):
        play(waiting, "redis", over=over)


def _stops_for_good(attempt: Attempt) -> None:
    attempt.warm_up()
    attempt.break_by("no worker starts any more", lambda: attempt.scene.worker().kill())

    def refuse() -> None:
        raise SubjectFailed("its worker did not answer within 60 s")

    attempt.scene.another_worker = refuse  # type: ignore[assignment,method-assign,misc]
    attempt.recover(within_s=1)
    attempt.settle(1)


def test_a_fault_after_which_no_other_worker_starts_is_broken_and_not_repeated(play: Play) -> None:
    fault = replace(catalogue()["worker-killed-late"], run=_stops_for_good)
    cell = play(fault, "redis", repeats=3)
    (attempt,) = cell.attempts
    assert (cell.outcome, cell.why, attempt.stopped) == ("broken", "", True)
    assert "no other worker becomes ready: its worker did not answer within 60 s" in attempt.finding
