"""The time of the user's own code around calls and runs is measured where it is asked for, and nowhere else."""

from pathlib import Path

import pytest
from support import Servers, Subjects, eventually

from bench.subject.recorder import FINISHED, STARTED, read_events

MS, TASKS = 1_000_000, 20
APP = """
import time
from celery import Celery, Task, signals
app = Celery()

class Base(Task):
    def apply_async(self, *args, **options):
        time.sleep(0.003)
        return super().apply_async(*args, **options)

    def __call__(self, *args, **options):
        time.sleep(0.004)
        return super().__call__(*args, **options)

    def on_success(self, *args):
        time.sleep(0.002)

@app.task(name="mine", base=Base)
def mine():
    time.sleep(0.02)

@signals.before_task_publish.connect
def publishing(**_):
    time.sleep(0.005)

@signals.task_prerun.connect
def running(**_):
    time.sleep(0.001)
"""


def own_of_runs(folder: Path) -> dict[int, int]:
    """Return how long the user's own code took around the run of each task."""
    events = [event for path in folder.glob("*.events") for event in read_events(str(path))]
    found = {kind: {number: at_ns for number, what, at_ns in events if what == kind} for kind in (STARTED, FINISHED)}
    return {number: at_ns - found[STARTED][number] for number, at_ns in found[FINISHED].items()}


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_the_users_own_code_is_timed_without_what_it_calls(
    pool: str, servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    (tmp_path / "around_app.py").write_text(APP)
    folder = tmp_path / "own"
    folder.mkdir()
    server = servers.private("redis")
    job = {
        "app": "around_app:app",
        "task": "mine",
        "import_path": [str(tmp_path)],
        "keeps_configuration": True,
        "own_times": str(folder),
    }
    producer = subjects.producer(server, "redis", queue, **job)
    worker = subjects.worker(server, "redis", queue, pool, **job)
    producer.receive(30)
    worker.receive(30)
    answer = producer.ask(30, do="pace", first=0, count=TASKS, interval_ns=10 * MS)
    assert 8 * MS * TASKS <= answer["own_ns"] < sum(answer["calls_ns"])
    assert eventually(lambda: len(own_of_runs(folder)) == TASKS, 30)
    times_ns = sorted(own_of_runs(folder).values())
    assert times_ns[0] >= 7 * MS
    assert times_ns[TASKS // 2] < 20 * MS  # the task's own time is not in it


def test_without_being_asked_for_or_without_such_code_nothing_is_timed(
    servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    (tmp_path / "around_app.py").write_text(APP)
    server = servers.private("redis")
    mine = {"app": "around_app:app", "task": "mine", "import_path": [str(tmp_path)], "keeps_configuration": True}
    for job in (mine, {"own_times": str(tmp_path)}):
        producer = subjects.producer(server, "redis", queue, **job)
        producer.receive(30)
        assert "own_ns" not in producer.ask(30, do="pace", first=0, count=1, interval_ns=MS)
