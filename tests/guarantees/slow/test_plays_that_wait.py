"""Faults run on real servers: those whose cells wait for what never comes."""

from collections.abc import Callable

import pytest
import redis
from support import Servers

from bench.guarantees.faults import delivery_limit
from bench.guarantees.ledger import Event
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


def test_a_poison_task_that_is_kept_finishes_once_nobody_kills_it(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_limit, "_KILLS", 2)
    cell = play("delivery-limit", "redis:durable")
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.duplicated) == ("kept", [], [0])
    assert (attempt.figures["kills"], attempt.figures["starts"]) == (2, 3)
    assert attempt.finding.startswith("it comes back after each of 2 kills; ")


def test_a_poison_task_that_the_broker_drops_is_found(
    play: Play, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, kill, killed = servers.private("redis:durable"), delivery_limit._kill, list[Event]()

    def crooked(start: Event) -> None:
        """Kill the child; the second time the broker has forgotten what it delivered, as if after too many times."""
        killed.append(start)
        if len(killed) == 2:
            with redis.Redis.from_url(server.url) as client:
                client.delete(*client.keys("*.unacked_key"), *client.keys("*.unacked_index_key"))
        kill(start)

    monkeypatch.setattr(delivery_limit, "_kill", crooked)
    cell = play("delivery-limit", "redis:durable", server=server)
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost) == ("broken", [0])
    assert attempt.finding.startswith("it is gone after 2 kills; ")


def test_a_task_that_is_requeued_at_its_limit_runs_until_it_finishes(play: Play) -> None:
    cell = play("time-limit-requeued", "redis:durable")
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.limited, attempt.duplicated) == ("kept", [], [], [0])
    assert attempt.figures["runs"] == attempt.figures["killed"] + 1
    assert "it then finishes" in attempt.finding
