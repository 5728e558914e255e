"""Faults run on real servers: those whose cells wait for what never comes."""

from collections.abc import Callable

import pytest

from bench.records.matrix import Cell

Play = Callable[..., Cell]


@pytest.mark.parametrize("fault", ["child-killed-early", "child-killed-late-only"])
@pytest.mark.parametrize("subject", ["redis", "rabbitmq"])
def test_a_task_whose_child_is_killed_is_lost_where_it_is_not_rejected(fault: str, subject: str, play: Play) -> None:
    (attempt,) = play(fault, subject).attempts
    assert (attempt.outcome, attempt.lost, attempt.duplicated) == ("shown", [0], [])


def test_what_a_killed_server_had_in_memory_alone_is_lost(play: Play) -> None:
    cell = play("server-killed", "redis")
    (attempt,) = cell.attempts
    assert cell.outcome == "allowed"
    assert attempt.lost == list(range(50))
    assert not attempt.stopped


@pytest.mark.parametrize("fault", ["consumer-timeout", "consumer-timeout-countdown"])
def test_a_worker_ends_when_its_channel_is_closed_for_a_task_that_it_kept_too_long(fault: str, play: Play) -> None:
    cell = play(fault, "rabbitmq:durable")
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.stopped) == ("broken", [], True)
    assert "back after 5 s: it is delivered 2 times" in attempt.finding
    assert "PRECONDITION_FAILED" in attempt.finding


def test_a_worker_that_retries_errors_of_channels_goes_on_and_runs_the_task_again(play: Play) -> None:
    cell = play("consumer-timeout-retry", "rabbitmq:durable")
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.duplicated, attempt.stopped) == ("kept", [], [0], False)


def test_a_task_shorter_than_a_servers_timeout_names_the_timeout_that_it_does_not_reach(play: Play) -> None:
    (attempt,) = play("task-outlives-visibility", "rabbitmq").attempts
    assert (
        "a task of 9 s does not reach the server's consumer_timeout of 30 min: see consumer-timeout" in attempt.finding
    )
