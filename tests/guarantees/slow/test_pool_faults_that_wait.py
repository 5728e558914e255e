"""Faults of a worker's pool on real servers: what each broker does, and what each fault finds in a crooked worker."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from crooked_apps import CARELESS, ROUGH, STIFF, crooked_app
from support import Servers

from bench.guarantees.faults import catalogue
from bench.records.matrix import Cell

Play = Callable[..., Cell]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SUBJECTS = ["redis", "redis:durable", "rabbitmq", "rabbitmq:quorum", "sqs"]


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("fault", ["reconnect-busy", "autoscale"])
def test_nothing_is_lost_or_held_back(play: Play, subject: str, fault: str) -> None:
    cell = play(fault, subject)
    assert (cell.outcome, cell.attempts[0].lost) == ("kept", []), cell


@pytest.mark.parametrize("fault", ["max-tasks-per-child-early", "max-tasks-per-child-late"])
def test_each_replaced_process_is_seen_and_loses_nothing(play: Play, fault: str) -> None:
    (attempt,) = play(fault, "rabbitmq:durable").attempts
    assert (attempt.outcome, attempt.lost, attempt.duplicated) == ("kept", [], [])
    assert attempt.figures["replacements"] == 3
    assert attempt.finding.endswith("no process runs more than 5 tasks")


@pytest.mark.parametrize("subject", ["redis:durable", "rabbitmq:quorum", "sqs:durable"])
def test_a_worker_that_is_shut_down_among_short_tasks_loses_none(play: Play, subject: str) -> None:
    (attempt,) = play("shutdown-short-tasks", subject).attempts
    assert attempt.lost == []
    assert (attempt.outcome == "broken") == attempt.finding.endswith("does not end within 30 s")


def test_a_worker_whose_processes_begin_by_losing_and_repeating_a_task_is_found(play: Play, tmp_path: Path) -> None:
    cell = play("max-tasks-per-child-early", "rabbitmq:durable", workload=crooked_app(tmp_path, CARELESS))
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost, attempt.duplicated) == ("broken", [0, 5, 10, 15], [1, 6, 11, 16])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [(STIFF, "the pool does not grow"), (ROUGH, "the process that runs the long task is ended")],
)
def test_a_pool_that_does_not_scale_or_that_ends_what_is_busy_is_found(
    play: Play, tmp_path: Path, wrong: str, words: str
) -> None:
    (attempt,) = play("autoscale", "rabbitmq", workload=crooked_app(tmp_path, wrong)).attempts
    assert attempt.outcome == "broken"
    assert attempt.finding.endswith(words)


@pytest.mark.parametrize("subject", ["redis", "rabbitmq", "rabbitmq:durable", "rabbitmq:quorum"])
def test_a_lower_limit_lowers_the_prefetch_count_but_not_of_a_quorum_queue(play: Play, subject: str) -> None:
    (attempt,) = play("autoscale-changed", subject).attempts
    assert attempt.outcome == "shown"
    assert attempt.figures["held_before_tasks"] > 8
    assert (attempt.figures["held_after_tasks"] > 8) == (subject == "rabbitmq:quorum")


def test_tasks_with_a_countdown_wait_for_a_pool_that_has_shrunk(play: Play) -> None:
    (attempt,) = play("autoscale-countdown", "rabbitmq").attempts
    assert (attempt.outcome, attempt.lost, attempt.duplicated) == ("shown", [], [])
    assert attempt.figures["longest_late_s"] > 1


@pytest.mark.parametrize("subject", ["redis", "rabbitmq"])
@pytest.mark.parametrize(
    ("kind", "outcome", "words"),
    [
        ("warm", "kept", "the revoked task does not run"),
        ("killed", "broken", "the revoked task runs anyway"),
        ("mingle", "kept", "the revoked task does not run"),
    ],
)
def test_a_revoke_outlives_its_worker_or_not(play: Play, subject: str, kind: str, outcome: str, words: str) -> None:
    cell = play(f"revoked-persistently-{kind}", subject)
    assert (cell.outcome, cell.attempts[0].finding) == (outcome, words)


@pytest.mark.parametrize("kind", ["warm", "mingle"])
def test_a_worker_that_nobody_tells_of_a_revoke_runs_the_task(play: Play, kind: str) -> None:
    fault = replace(catalogue()[f"revoked-persistently-{kind}"], worker_options=(), mingle=False)
    cell = play(fault, "rabbitmq")
    assert (cell.outcome, cell.attempts[0].finding) == ("broken", "the revoked task runs anyway")


@pytest.mark.parametrize("fault", ["revoked-persistently-warm", "revoked-persistently-mingle", "autoscale-changed"])
def test_where_no_worker_can_be_commanded_the_cell_says_so(play: Play, fault: str) -> None:
    cell = play(fault, "sqs")
    assert cell.outcome == "shown"
    assert cell.attempts[0].finding.startswith("no worker answers a remote control command")


def test_workers_that_mingle_leave_nothing_on_a_users_server(play: Play, servers: Servers) -> None:
    server = servers.as_users("redis")
    with redis.Redis.from_url(server.url) as client:
        before = set(client.keys())
        assert play("revoked-persistently-mingle", "redis", server=server).outcome == "kept"
        assert set(client.keys()) == before
