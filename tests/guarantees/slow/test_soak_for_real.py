"""Soaks on real servers: each leak of an app is found, an app without one is not accused, and nothing is left."""

import signal
import sys
import time
from pathlib import Path

import pytest

from bench.records.soak import SoakRun, read_soak

_TESTS = Path(__file__).parents[2]
sys.path[:0] = [str(_TESTS)]

from commands import brokerbench, leftovers, start_brokerbench  # noqa: E402 - of another folder of tests

LENGTH = "3000tasks"
_LONGEST_S = 900
LEAKY = """
import os
import socket

from celery import Celery, bootsteps

leaks = os.environ.get("LEAKS", "").split(",")
app, kept = Celery("leaky"), []


@app.task(name="leaky.work")
def work():
    work.runs = getattr(work, "runs", 0) + 1
    if "memory" in leaks:
        kept.append(os.urandom(1024))
    if "files" in leaks and work.runs % 100 == 0:
        kept.append(open(os.devnull))


class Connects(bootsteps.StartStopStep):
    requires = {"celery.worker.consumer.tasks:Tasks"}

    def start(self, consumer):
        if "connections" in leaks:
            kept.append(socket.create_connection((consumer.connection.hostname, consumer.connection.port)))


app.steps["consumer"].add(Connects)
"""
pytestmark = pytest.mark.slow


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "leaky.py").write_text(LEAKY)
    return tmp_path


def _soaked(app: Path, subject: str, leaks: str = "") -> tuple[int, SoakRun]:
    named = ("--app", "leaky:app", "--task", "leaky.work", "--out", "out")
    ended = brokerbench("guarantees", subject, "--soak", LENGTH, *named, cwd=app, timeout_s=_LONGEST_S, LEAKS=leaks)
    assert ended.returncode in (0, 1, 3), ended.stderr
    assert not leftovers(app)
    (run,) = read_soak(app / "out").runs
    return ended.returncode, run


@pytest.mark.parametrize("subject", ["redis", "rabbitmq"])
def test_each_leak_of_an_app_is_found(app: Path, subject: str) -> None:
    code, run = _soaked(app, subject, "memory,files,connections")
    assert code == 1
    found = {drift.quantity: drift for drift in run.drifting}
    assert set(found) >= {"children_bytes", "files"}
    assert "connections" in found or run.reconnects < 6
    assert 0.7 * 1024 < (found["children_bytes"].slope or 0) < 1.5 * 1024


@pytest.mark.parametrize("subject", ["redis", "rabbitmq"])
def test_an_app_without_a_leak_is_not_accused(app: Path, subject: str) -> None:
    _, run = _soaked(app, subject)
    assert run.outcome in ("steady", "unclear")
    assert run.drifting == []
    assert run.finished + run.lost == run.accepted == 3000
    assert run.reconnects > 0


def test_a_soak_that_is_interrupted_keeps_its_readings_and_leaves_nothing(app: Path) -> None:
    running = start_brokerbench("guarantees", "redis", "--soak", "20m", "--out", "out", cwd=app)
    assert running.stdout is not None
    for line in running.stdout:
        if "tasks sent" in line:
            break
    time.sleep(10)
    running.send_signal(signal.SIGINT)
    printed, _ = running.communicate(timeout=60)
    assert running.returncode == 130, printed
    soak = read_soak(app / "out")
    assert soak.status == "interrupted"
    assert soak.runs[0].readings
    assert "! interrupted" in printed
    assert not leftovers(app)
