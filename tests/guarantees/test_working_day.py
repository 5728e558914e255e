"""Faults of a working day on real servers, shortened: what they claim to find is found, and what is kept is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from support import Servers

from bench.guarantees.faults import delivery_limit, time_limit
from bench.guarantees.ledger import Event
from bench.records.matrix import Cell
from bench.records.workload import Workload

Play = Callable[..., Cell]
APP = """
from celery import Celery

app = Celery("own", broker="redis://:elsewhere@127.0.0.1:1/0")

@app.task(name="own.work", time_limit=30)
def work():
    pass
"""


@pytest.fixture
def own_limit(tmp_path: Path) -> Workload:
    """Return the workload of an app whose task has a time limit of its own."""
    (tmp_path / "own.py").write_text(APP)
    return Workload(name="guarantees", app="own:app", app_dir=str(tmp_path), task="own.work")


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


def test_a_task_that_is_acknowledged_at_its_limit_never_finishes_and_the_limit_is_not_its_users(
    play: Play, own_limit: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_limit, "_DOWN_S", 2.5)
    cell = play("time-limit-acked", "redis:durable", workload=own_limit)
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.limited) == ("shown", [0], [])
    assert "it starts once, and is killed at its limit once; it never finishes" in attempt.finding
    assert "your" not in attempt.finding


def test_a_task_that_is_requeued_at_its_limit_runs_until_it_finishes(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_limit, "_DOWN_S", 2.5)
    cell = play("time-limit-requeued", "redis:durable")
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.limited, attempt.duplicated) == ("kept", [], [], [0])
    assert attempt.figures["runs"] == attempt.figures["killed"] + 1
    assert "it then finishes" in attempt.finding


def test_what_a_full_redis_evicts_is_a_broken_promise_of_the_durable_tier(play: Play) -> None:
    cell = play("evicted", "redis:durable")
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.stopped) == ("broken", list(range(20)), False)
    assert attempt.finding == "20 of 20 waiting tasks are gone"


@pytest.mark.parametrize(
    ("fault", "subject", "why"),
    [
        (
            "consumer-timeout",
            "redis",
            "redis has no limit on how long a connected worker may keep a task",
        ),
        ("evicted", "rabbitmq", "rabbitmq does not throw away tasks to make room for other data"),
    ],
)
def test_a_fault_that_a_broker_does_not_have_says_so(play: Play, fault: str, subject: str, why: str) -> None:
    cell = play(fault, subject)
    assert cell.outcome == "not run"
    assert cell.why.startswith(why)
