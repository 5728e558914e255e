"""What runs inside a subject runs on Python 3.8 with Celery 4.4 too."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Servers, Subjects, eventually

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


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_a_producer_and_a_worker_of_that_age_drain_a_queue(
    pool: str, old_python: str, servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    shutil.copytree(Path(tasks.__file__).parent, tmp_path / "tasks", ignore=shutil.ignore_patterns("__pycache__"))
    own = {"interpreter": old_python, "import_path": [str(tmp_path)]}
    server = servers.private("redis")
    producer = subjects.producer(server, "redis", queue, **own)
    worker = subjects.worker(server, "redis", queue, pool, **own)
    facts = producer.receive(30)["facts"]
    assert facts["versions"]["celery"].startswith("4.4")
    worker.receive(30)
    assert producer.ask(30, do="preload", first=0, count=50)["done"] == list(range(50))
    assert eventually(lambda: subjects.finished() == set(range(50)))
    assert len(producer.ask(30, do="enqueue", calls=5)["done"]) == 5
