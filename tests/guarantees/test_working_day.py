"""Faults of a working day on real servers, shortened: what they claim to find is found, and what is kept is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.guarantees.faults import time_limit
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


@pytest.mark.long
def test_a_task_that_is_acknowledged_at_its_limit_never_finishes_and_the_limit_is_not_its_users(
    play: Play, own_limit: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_limit, "_DOWN_S", 6.0)
    cell = play("time-limit-acked", "redis:durable", workload=own_limit)
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.limited) == ("shown", [0], [])
    assert "it starts once, and is killed at its limit once; it never finishes" in attempt.finding
    assert "your" not in attempt.finding


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
