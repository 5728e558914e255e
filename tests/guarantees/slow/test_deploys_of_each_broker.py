"""Deploys, played on every broker, and two releases of Celery side by side: also one that breaks what it promises."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path

import pytest

import tasks
from bench.guarantees.environments import Environments
from bench.guarantees.faults import catalogue
from bench.guarantees.faults.deploy import _run
from bench.processes.subject import Subject
from bench.records.matrix import Cell
from bench.records.workload import Workload

Play = Callable[..., Cell]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
CROOKED = {
    "arguments and headers": (
        "# The kitchen",
        """from celery.signals import before_task_publish

@before_task_publish.connect
def _drop(sender=None, body=None, **_):
    if sender.endswith("confirm"):
        body[1].pop("count", None)

# The kitchen""",
    ),
    "retries": ("        raise self.retry(countdown=wait_seconds)", "        return retries"),
    "tasks run": ("    arrived = json", "    os.kill(os.getpid(), 9)\n    arrived = json"),
}
"""What the other release does wrong, by the promise that it breaks: a text in the module of tasks, and another."""


@pytest.mark.parametrize("subject", ["redis", "redis:durable", "rabbitmq:durable", "sqs", "sqs:durable"])
def test_a_deploy_that_waits_for_its_tasks_loses_none(play: Play, subject: str) -> None:
    (attempt,) = play("deploy-warm", subject).attempts
    assert attempt.lost == []
    assert attempt.figures["finished_before"] == 2
    assert attempt.figures["old_worker_s"] < 30


@pytest.mark.parametrize("subject", ["rabbitmq", "sqs", "redis"])
def test_a_deploy_that_kills_loses_tasks_that_were_acknowledged_early(play: Play, subject: str) -> None:
    cell = play("deploy-killed", subject)
    (attempt,) = cell.attempts
    assert cell.outcome == "allowed"
    assert {0, 1} <= set(attempt.lost)


@pytest.mark.parametrize("subject", ["rabbitmq:durable", "redis:durable", "sqs:durable"])
def test_a_soft_shutdown_gives_tasks_back_that_need_more_than_the_grace_period(play: Play, subject: str) -> None:
    (attempt,) = play("deploy-killed-soft-late", subject).attempts
    assert attempt.lost == []
    assert {0, 1} <= set(attempt.duplicated)


def test_how_long_the_tasks_of_a_deploy_run_changes_nothing_as_long_as_they_have_the_time(play: Play) -> None:
    counts = []
    for long_s in (3.0, 20.0):
        run = partial(_run, grace_s=30.0, soft_s=inf, long_s=long_s)
        cell = play(replace(catalogue()["deploy-warm"], run=run, visibility_s=60.0), "redis:durable")
        (attempt,) = cell.attempts
        figures = attempt.figures
        counts.append((cell.outcome, attempt.lost, figures["finished_before"], figures["back_by_timeout"]))
    assert counts[0] == counts[1] == ("kept", [], 2, 0)


@pytest.mark.parametrize("fault", ["deploy-mixed", "deploy-mixed-protocol-1"])
@pytest.mark.parametrize("subject", ["redis", "rabbitmq:durable", "sqs"])
def test_two_releases_keep_each_others_promises(play: Play, subject: str, fault: str) -> None:
    cell = play(fault, subject)
    (attempt,) = cell.attempts
    assert cell.outcome == "kept"
    assert attempt.finding.startswith("Celery 5.4.0 and ")
    assert attempt.figures["crossed"] > 0


@pytest.mark.parametrize("promise", CROOKED)
def test_a_release_that_breaks_a_promise_is_found(
    play: Play, promise: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "other"
    shutil.copytree(Path(tasks.__file__).parent, folder / "tasks", ignore=shutil.ignore_patterns("__pycache__"))
    jobs = folder / "tasks" / "jobs.py"
    honest, crooked = jobs.read_text(), CROOKED[promise]
    assert honest.count(crooked[0]) == 1
    jobs.write_text(honest.replace(*crooked))

    def other(_self: Environments, subject: Subject, _: object, *, is_users: bool) -> Subject:
        assert not is_users
        return replace(subject, app_dir=str(folder))

    monkeypatch.setattr(Environments, "beside", other)
    monkeypatch.setattr("bench.guarantees.faults.deploy_mixed._version", lambda facts: str(id(facts)))
    cell = play("deploy-mixed", "redis")
    assert cell.why == ""
    assert cell.outcome == "broken"
    (attempt,) = cell.attempts
    assert promise in attempt.finding


def test_a_deploy_respects_the_limits_of_a_users_task(play: Play, tmp_path: Path) -> None:
    (tmp_path / "post.py").write_text(
        'from celery import Celery\n\napp = Celery("post", broker="redis://:elsewhere@127.0.0.1:1/0")\n\n'
        '@app.task(name="post.send", time_limit=4, acks_late=True)\ndef send():\n    pass\n'
    )
    workload = Workload(name="guarantees", app="post:app", app_dir=str(tmp_path), task="post.send")
    cell = play("deploy-warm", "redis", workload=workload)
    (attempt,) = cell.attempts
    assert (cell.outcome in ("kept", "shown"), attempt.lost) == (True, [])
