"""The environment selects the broker: what Celery is told, and what is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from support import URL_VARIABLES, Servers

from brokers import UsageError
from brokers.selection import selected_settings

ENQUEUE = "from tasks import noop; noop.delay()"


def run(*command: str, directory: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        cwd=directory,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_broker_it_says_what_to_set() -> None:
    with pytest.raises(UsageError, match=r"^BROKER is not set: .*installed: memory, postgres, rabbitmq, redis, sqs"):
        selected_settings()


@pytest.mark.parametrize("name", ["CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL"])
def test_a_variable_that_beats_every_setting_is_refused_by_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER", "redis")
    monkeypatch.setenv(name, "redis://me:s3cr3t@broker.example")
    with pytest.raises(UsageError, match=f"unset {name}") as caught:
        selected_settings()
    assert "s3cr3t" not in caught.value.format_message()


@pytest.mark.parametrize(
    ("broker", "url"),
    [
        ("redis", "redis://localhost:6379/0"),
        ("valkey", "redis://localhost:6379/0"),
        ("rabbitmq", "amqp://guest:guest@localhost:5672//"),
        ("sqs", "sqs://brokerbench:brokerbench@localhost:4566"),
        ("memory", "memory://"),
    ],
)
def test_a_broker_has_its_standard_local_address(broker: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in URL_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BROKER", broker)
    assert selected_settings()["broker_url"] == url
    assert selected_settings()["task_default_queue"] == "celery"


def test_a_profile_brings_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER", "rabbitmq:quorum")
    settings = selected_settings()
    assert settings["task_default_queue_type"] == "quorum"
    assert settings["broker_transport_options"] == {"confirm_publish": True}


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"BROKER": "kafak"}, "No broker named 'kafak'; installed: memory,"),
        ({"BROKER": "redis:aoff"}, "redis has no profile named 'aoff'"),
        ({}, "BROKER is not set"),
        ({"BROKER": "redis", "CELERY_BROKER_URL": "redis://x"}, "unset CELERY_BROKER_URL"),
    ],
)
def test_a_worker_that_cannot_start_says_so_in_one_line(
    environment: dict[str, str], words: str, tmp_path: Path
) -> None:
    answer = run("-m", "celery", "-A", "tasks", "worker", directory=tmp_path, **environment)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stdout + answer.stderr
    assert words in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_a_task_is_enqueued_on_the_users_redis(servers: Servers, tmp_path: Path) -> None:
    url = servers.private("redis").url
    answer = run("-c", ENQUEUE, directory=tmp_path, BROKER="redis", REDIS_URL=url)
    with redis.Redis.from_url(url) as client:
        found = client.llen("celery")
        client.delete("celery", "_kombu.binding.celery", "_kombu.binding_permanent.celery")
    assert answer.returncode == 0, answer.stderr
    assert found == 1
