"""A producer paces tasks in an open loop, and calls from new threads."""

from pathlib import Path

from support import Servers, Subjects, eventually

from bench.subject.recorder import CALLED, read_events

FAILING = """
from celery import Celery
app = Celery()

class Weak(app.Task):
    abstract = True
    calls = 0

    def apply_async(self, *args, **options):
        Weak.calls += 1
        if Weak.calls > 3:
            raise ConnectionError("enough")
        return super().apply_async(*args, **options)

@app.task(name="mine", base=Weak)
def mine():
    pass
"""
NAMING = """
import threading
from celery import Celery, signals
app = Celery()

@app.task(name="mine")
def mine():
    pass

@signals.before_task_publish.connect
def tell(**_):
    print("thread", threading.current_thread().name)
"""


def test_a_worker_finishes_what_was_paced(servers: Servers, subjects: Subjects, queue: str) -> None:
    server = servers.private("redis")
    producer = subjects.producer(server, "redis", queue)
    worker = subjects.worker(server, "redis", queue)
    producer.receive(30)
    worker.receive(30)
    answer = producer.ask(30, do="pace", first=1000, count=100, interval_ns=5_000_000)
    assert sorted(answer) == ["calls_ns", "done", "generator_lag_ns", "start_ns"]
    assert len(answer["done"]) == len(answer["generator_lag_ns"]) == len(answer["calls_ns"]) == 100
    assert min(answer["calls_ns"]) > 0
    assert all(0 <= own <= lag for own, lag in zip(answer["generator_lag_ns"], answer["done"], strict=True))
    assert eventually(lambda: sorted(subjects.finishes()) == list(range(1000, 1100)))


def test_tasks_are_paced_from_the_start_that_is_told(servers: Servers, subjects: Subjects, queue: str) -> None:
    producer = subjects.producer(servers.private("redis"), "redis", queue, stamps=str(subjects.records))
    producer.receive(30)
    answer = producer.ask(30, do="pace", first=0, count=20, interval_ns=10_000_000)
    (path,) = subjects.records.glob("*.events")
    called_ns = {number: at_ns for number, kind, at_ns in read_events(str(path)) if kind == CALLED}
    for number, lag_ns in enumerate(answer["done"]):
        intended_ns = answer["start_ns"] + number * 10_000_000
        assert intended_ns + lag_ns <= called_ns[number] <= intended_ns + lag_ns + answer["calls_ns"][number]


def test_pacing_that_fails_says_why_and_what_was_done(
    servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    (tmp_path / "failing.py").write_text(FAILING)
    own = {"import_path": [str(tmp_path)], "app": "failing:app", "task": "mine"}
    producer = subjects.producer(servers.private("redis"), "redis", queue, **own)
    producer.receive(30)
    answer = producer.ask(30, do="pace", first=0, count=10, interval_ns=1_000_000)
    assert answer["error"] == "ConnectionError: enough"
    assert answer["start_ns"] > 0
    assert len(answer["done"]) == len(answer["generator_lag_ns"]) == len(answer["calls_ns"]) == 3
    answer = producer.ask(30, do="thread", calls=2)
    assert answer == {"done": [], "error": "ConnectionError: enough"}


def test_each_threads_call_is_timed_in_a_thread_of_its_own(
    servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    (tmp_path / "naming.py").write_text(NAMING)
    own = {"import_path": [str(tmp_path)], "app": "naming:app", "task": "mine"}
    producer = subjects.producer(servers.private("redis"), "redis", queue, **own)
    producer.receive(30)
    answer = producer.ask(30, do="thread", calls=5)
    assert list(answer) == ["done"]
    assert len(answer["done"]) == 5
    assert all(isinstance(duration_ns, int) and duration_ns > 0 for duration_ns in answer["done"])
    names = [line for line in subjects.log("producer").splitlines() if line.startswith("thread ")]
    assert len(set(names)) == 5
    assert "thread MainThread" not in names
