"""A user's own limits end tasks: the cell says so, by the worker's record, and still finds what a broker loses."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from support import Servers

from bench.guarantees.attempt import Attempt
from bench.guarantees.faults import catalogue
from bench.records.matrix import Cell
from bench.records.workload import Workload

Play = Callable[..., Cell]
APP = """
from celery import Celery, Task

app = Celery("own", broker="redis://:elsewhere@127.0.0.1:1/0")
app.conf.update({settings})

class Short(Task):
    time_limit = 1

class Passing(Task):
    def apply_async(self, *args, **options):
        return super().apply_async(*args, **dict(options, expires=1))

@app.task(name="own.work", {options})
def work():
    pass
"""


@pytest.fixture
def workload(tmp_path: Path) -> Callable[..., Workload]:
    """Return a function that makes the workload of an app with these settings and these options of its task."""

    def make(settings: str = "", options: str = "") -> Workload:
        (tmp_path / "own.py").write_text(APP.replace("{settings}", settings).replace("{options}", options))
        return Workload(name="guarantees", app="own:app", app_dir=str(tmp_path), task="own.work")

    return make


def _waiting_too_long(url: str) -> Callable[[Attempt], None]:
    """Return a fault: four tasks wait until they expire, and meanwhile the broker loses one of them."""

    def run(attempt: Attempt) -> None:
        attempt.send(4)
        with redis.Redis.from_url(url) as client:
            attempt.break_by("the broker loses a task", lambda: client.rpop(attempt.scene.queue))
        attempt.scene.pause(1.2)
        attempt.worker()
        attempt.settle(2)

    return run


def test_a_loss_beside_tasks_that_expire_is_found(
    play: Play, servers: Servers, workload: Callable[..., Workload]
) -> None:
    server = servers.private("redis:durable")
    fault = replace(catalogue()["worker-killed-late"], run=_waiting_too_long(server.url))
    cell = play(fault, "redis:durable", server=server, workload=workload(options="expires=1"))
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.limited) == ("broken", [0], [1, 2, 3])
    assert attempt.finding == "your expires of 1 s ended 3 tasks"


def _ended_at_work(attempt: Attempt) -> None:
    """A fault that begins while a task runs, unless something ended the task before."""
    attempt.worker()
    attempt.put_to_work(2.0, least_s=1.5)
    attempt.scene.pause(1.6)
    attempt.break_by("nothing breaks", lambda: None)
    attempt.settle(2)


def test_a_task_that_its_time_limit_ended_before_the_fault_shows_nothing_about_it(
    play: Play, workload: Callable[..., Workload]
) -> None:
    fault = replace(catalogue()["worker-killed-late"], run=_ended_at_work)
    cell = play(fault, "redis:durable", workload=workload(options="time_limit=1"))
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.limited) == ("shown", [], [0])
    assert attempt.finding == (
        "your time_limit of 1 s ended 1 task; the task was over before the fault, so this shows nothing about it"
    )
    assert "killed at its time limit" in [moment.what for moment in attempt.moments]


SET = {
    "on the task": {"options": "time_limit=1"},
    "soft, on the task": {"options": "soft_time_limit=1"},
    "by a base class": {"options": "base=Short"},
    "by annotations": {"settings": 'task_annotations={"*": {"time_limit": 1}}'},
    "for all tasks": {"settings": "task_time_limit=1"},
    "soft, for all tasks": {"settings": "task_soft_time_limit=1"},
    "both, for all tasks": {"settings": "task_time_limit=2, task_soft_time_limit=1"},
    "to expire": {"options": "expires=1"},
    "to expire, by an override of apply_async": {"options": "base=Passing"},
    "a rate": {"options": 'rate_limit="6/m"'},
    "a rate for all tasks": {"settings": 'task_default_rate_limit="6/m"'},
    "no retry": {"options": "max_retries=0, autoretry_for=(Exception,), ignore_result=True"},
    "a fresh process for each task": {"settings": "worker_max_tasks_per_child=1"},
    "a process with little memory": {"settings": "worker_max_memory_per_child=1000"},
}


@pytest.mark.long
@pytest.mark.parametrize("own", SET.values(), ids=list(SET))
@pytest.mark.parametrize("fault", ["worker-killed-late", "child-killed-late", "prefetch-killed", "retries", "chain"])
def test_no_limit_of_a_users_is_a_broken_promise(
    fault: str, own: dict[str, str], play: Play, workload: Callable[..., Workload]
) -> None:
    cell = play(fault, "redis:durable", workload=workload(**own))
    assert cell.outcome in ("kept", "shown"), cell
    assert not any(attempt.lost for attempt in cell.attempts)


@pytest.mark.long
@pytest.mark.parametrize("own", [SET["on the task"], SET["to expire"]], ids=["time", "expires"])
def test_what_early_acknowledgement_loses_is_lost_whatever_the_limit(
    own: dict[str, str], play: Play, workload: Callable[..., Workload]
) -> None:
    cell = play("worker-killed-early", "redis", workload=workload(**own))
    assert [attempt.lost for attempt in cell.attempts] == [[0]]
