"""What runs inside a subject runs on Python 3.8 with Celery 4.4 too."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import Servers, Subjects, eventually
from ways import ORDERS, are_whole, keeps, ways_of

import tasks

VARIABLE = "BROKERBENCH_OLD_PYTHON"
REMEDY = f"set {VARIABLE} to a Python 3.8 that has celery==4.4.3 and redis==3.5.3, or put a python3.8 on PATH"
PACKAGES = ("celery==4.4.3", "redis==3.5.3")


def _pythons() -> Iterator[str]:
    """Name the interpreters of that age on this machine."""
    if found := shutil.which("python3.8"):
        yield found
    yield from map(str, sorted(Path.home().glob(".pyenv/versions/3.8*/bin/python")))


@pytest.fixture(scope="session")
def old_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    if named := os.environ.get(VARIABLE):
        return named
    directory = tmp_path_factory.mktemp("old-celery")
    for python in _pythons():
        try:
            subprocess.run([python, "-m", "venv", directory], capture_output=True, check=True, timeout=60)
            interpreter = str(directory / "bin" / "python")
            install = [interpreter, "-m", "pip", "install", "--quiet", *PACKAGES]
            subprocess.run(install, capture_output=True, check=True, timeout=90)
        except (OSError, subprocess.SubprocessError):
            continue
        return interpreter
    pytest.skip(REMEDY)


def _own(python: str, directory: Path) -> dict[str, Any]:
    """Return what makes a subject run with this interpreter, which imports nothing of the project's but its tasks."""
    shutil.copytree(Path(tasks.__file__).parent, directory / "tasks", ignore=shutil.ignore_patterns("__pycache__"))
    return {"interpreter": python, "import_path": [str(directory)]}


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_a_producer_and_a_worker_of_that_age_drain_a_queue(
    pool: str, old_python: str, servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    own = _own(old_python, tmp_path)
    server = servers.private("redis")
    producer = subjects.producer(server, "redis", queue, **own)
    worker = subjects.worker(server, "redis", queue, pool, **own)
    facts = producer.receive(30)["facts"]
    assert facts["versions"]["celery"].startswith("4.4")
    worker.receive(30)
    assert producer.ask(30, do="preload", first=0, count=50)["done"] == list(range(50))
    assert eventually(lambda: subjects.finished() == set(range(50)))
    assert len(producer.ask(30, do="enqueue", calls=5)["done"]) == 5


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_tasks_of_that_age_are_paced_and_stamped(
    pool: str, old_python: str, servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    own = {**_own(old_python, tmp_path), "stamps": str(subjects.records)}
    server = servers.private("redis")
    producer = subjects.producer(server, "redis", queue, **own)
    worker = subjects.worker(server, "redis", queue, pool, **own)
    producer.receive(30)
    worker.receive(30)
    answer = producer.ask(30, do="pace", first=0, count=50, interval_ns=2_000_000)
    assert len(answer["done"]) == len(answer["calls_ns"]) == 50
    assert eventually(lambda: are_whole(ways_of(subjects.records), 50))
    assert all(keeps(way, order) for way in ways_of(subjects.records).values() for order in ORDERS)
    assert len(producer.ask(30, do="thread", calls=3)["done"]) == 3


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["raw", "kombu"])
@pytest.mark.parametrize("subject", ["redis", "rabbitmq", "rabbitmq:durable"])
def test_a_ceiling_of_that_age_sends_what_a_worker_of_that_age_runs_and_takes_it(
    subject: str, layer: str, old_python: str, servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    own = _own(old_python, tmp_path)
    server = servers.private(subject)
    ceiling = subjects.ceiling(server, subject, queue, layer, **own)
    ceiling.receive(30)
    assert ceiling.ask(30, do="preload", count=50) == {"done": list(range(50))}
    assert ceiling.ask(30, do="drain", count=50)["tasks"] == 50
    assert len(ceiling.ask(30, do="enqueue", calls=5)["done"]) == 5
    subjects.worker(server, subject, queue, **own).receive(30)
    assert eventually(lambda: subjects.finishes() == [0] * 5)
