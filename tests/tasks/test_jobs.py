"""The one task module: what each task does, here and on a real worker."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from types import ModuleType

import pytest
from support import Servers, eventually

from brokers import installed_brokers

KITCHEN = "from tasks import cook, flaky, serve, take_order; "
PUBLIC = [
    "confirm",
    "cook",
    "echo",
    "flaky",
    "hoard",
    "hold",
    "noop",
    "serve",
    "sleep",
    "spin",
    "take_order",
    "wait_until",
]


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("BROKER", "memory")
    from tasks import jobs

    return jobs


def test_noop_does_nothing(jobs: ModuleType) -> None:
    assert jobs.noop.apply().get() is None


def test_echo_gives_its_payload_back(jobs: ModuleType) -> None:
    assert jobs.echo.apply(("x" * 1000,)).get() == "x" * 1000


def test_sleep_takes_its_time_and_no_cpu(jobs: ModuleType) -> None:
    begin_s, begin_cpu_s = time.monotonic(), time.thread_time()
    jobs.sleep.apply((0.1,))
    assert time.monotonic() - begin_s >= 0.1
    assert time.thread_time() - begin_cpu_s < 0.05


def test_spin_uses_as_much_cpu_as_it_was_told(jobs: ModuleType) -> None:
    begin_cpu_s = time.thread_time()
    jobs.spin.apply((0.1,))
    assert 0.1 <= time.thread_time() - begin_cpu_s < 0.2


@pytest.mark.parametrize("failures", [0, 1, 5])
def test_flaky_is_retried_as_often_as_it_was_told(jobs: ModuleType, failures: int) -> None:
    assert jobs.flaky.apply(kwargs={"failures": failures}).get() == failures


def test_the_kitchen_serves_what_was_ordered(jobs: ModuleType) -> None:
    order = jobs.cook.run(jobs.take_order.run("soup"), seconds=0)
    assert jobs.serve.run(order, table=4) == "soup, cooked, is served at table 4"


def test_every_task_says_what_it_does_and_is_named_for_the_package(jobs: ModuleType) -> None:
    assert sorted(jobs.__all__) == PUBLIC
    for name in PUBLIC:
        task = getattr(jobs, name)
        assert task.run.__doc__
        assert task.name == f"tasks.{name}"


def test_no_task_knows_a_broker() -> None:
    for path in resources.files("tasks").iterdir():
        if path.name.endswith(".py"):
            code = re.sub(r'(?s)""".*?"""', "", path.read_text())  # a docstring may show how it is run
            assert not [name for name in installed_brokers() if name in code.lower()], path.name


@pytest.fixture
def environment(servers: Servers, tmp_path: Path) -> dict[str, str]:
    """Return the environment with which a reader runs the tasks, on a database that no other test uses."""
    url = servers.private("redis").url.removesuffix("/0") + "/1"
    return {**os.environ, "BROKER": "redis", "REDIS_URL": url, "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def log(environment: dict[str, str], tmp_path: Path) -> Iterator[Path]:
    """Run ``celery -A tasks worker`` and return the file that it writes to."""
    path = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool", "threads", "--loglevel", "INFO"]
    with path.open("wb") as output:
        worker = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=output, stderr=subprocess.STDOUT)
    yield path
    worker.terminate()
    assert worker.wait(timeout=30) == 0


def test_the_story_runs_on_a_real_worker(environment: dict[str, str], log: Path, tmp_path: Path) -> None:
    story = "(take_order.s('soup') | cook.s() | serve.s(table=4)).delay(); flaky.delay(failures=2)"
    command = [sys.executable, "-c", KITCHEN + story]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=30)
    assert eventually(lambda: "soup, cooked, is served at table 4" in log.read_text()), log.read_text()
    assert eventually(lambda: re.search(r"tasks\.flaky\[.*succeeded in .*: 2", log.read_text())), log.read_text()
    assert log.read_text().count("retry: Retry in 0s") == 2
