"""A producer and a worker as real processes, on a real server."""

import os
from pathlib import Path

import psutil
import pytest
from support import Servers, Subjects, eventually

from bench.processes.errors import SubjectFailed
from bench.processes.platform import CAN_PIN, allowed_cores

# Names of the harness's own, as a user may have them too.
CLASHING = (
    "recorder",
    "pacer",
    "stamps",
    "pipe",
    "producer",
    "worker",
    "application",
    "bench/__init__",
    "brokers/__init__",
)
APP = """
from celery import Celery
app = Celery()

@app.task(name="mine")
def mine():
    print("hello")
"""


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
def test_a_worker_finishes_what_a_producer_sent(pool: str, servers: Servers, subjects: Subjects, queue: str) -> None:
    server = servers.private("redis")
    producer = subjects.producer(server, "redis", queue)
    worker = subjects.worker(server, "redis", queue, pool)
    assert producer.receive(30)["event"] == worker.receive(30)["event"] == "ready"
    assert producer.ask(30, do="preload", first=100, count=50)["done"] == list(range(100, 150))
    assert eventually(lambda: subjects.finished() == set(range(100, 150)))
    files = len(list(subjects.records.glob("*.events")))
    assert files <= 2 if pool == "prefork" else files == 1


def test_a_subject_tells_what_it_is(servers: Servers, subjects: Subjects, queue: str) -> None:
    producer = subjects.producer(servers.private("redis"), "redis:durable", queue)
    facts = producer.receive(30)["facts"]
    assert facts["transport"] == "redis"
    assert {"celery", "kombu", "redis"} <= set(facts["versions"])
    assert facts["settings"]["task_acks_late"] is True
    assert facts["settings"]["task_default_queue"] == queue


@pytest.mark.skipif(not CAN_PIN or len(allowed_cores()) == 1, reason="there is nothing to pin to")
def test_every_thread_and_child_is_pinned_although_it_may_start_anywhere(
    servers: Servers, subjects: Subjects, queue: str
) -> None:
    server, cores = servers.private("redis"), allowed_cores()
    places = {"cores": cores[-1:], "starting_cores": cores}
    for process in (
        subjects.producer(server, "redis", queue, **places),
        subjects.worker(server, "redis", queue, "prefork", **places),
    ):
        process.receive(30)
        whole = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        threads = [thread.id for one in whole for thread in one.threads()]
        assert {tuple(os.sched_getaffinity(thread)) for thread in threads} == {tuple(cores[-1:])}


def test_each_enqueue_is_timed(servers: Servers, subjects: Subjects, queue: str) -> None:
    producer = subjects.producer(servers.private("redis"), "redis", queue, task="tasks.echo", args=["x" * 100])
    producer.receive(30)
    durations_ns = producer.ask(30, do="enqueue", calls=25)["done"]
    assert len(durations_ns) == 25
    assert all(isinstance(duration, int) and duration > 0 for duration in durations_ns)


def test_an_enqueue_that_fails_says_why_and_what_was_done(servers: Servers, subjects: Subjects, queue: str) -> None:
    producer = subjects.producer(servers.private("redis"), "redis", queue, args=["one", "too many"], task="tasks.echo")
    producer.receive(30)
    answer = producer.ask(30, do="enqueue", calls=3)
    assert answer["done"] == []
    assert answer["error"].startswith("TypeError")


def test_a_producer_ends_when_the_harness_hangs_up(servers: Servers, subjects: Subjects, queue: str) -> None:
    producer = subjects.producer(servers.private("redis"), "redis", queue)
    producer.receive(30)
    producer._process.stdin.close()
    assert eventually(lambda: producer._process.poll() == 0)


def test_an_app_that_cannot_be_imported_says_why(servers: Servers, subjects: Subjects, queue: str) -> None:
    producer = subjects.producer(servers.private("redis"), "redis", queue, app="no_such_module:app")
    with pytest.raises(SubjectFailed, match="No module named 'no_such_module'"):
        producer.receive(30)


def test_the_harness_shares_no_name_with_an_app(
    servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    for name in CLASHING:
        module = tmp_path / f"{name}.py"
        module.parent.mkdir(exist_ok=True)
        module.write_text("MINE = True\n")
    imports = "".join(f"import {name.partition('/')[0]} as m{i}\nassert m{i}.MINE\n" for i, name in enumerate(CLASHING))
    (tmp_path / "tasks.py").write_text(imports + APP)
    server, own = servers.private("redis"), {"import_path": [str(tmp_path)], "task": "mine"}
    producer = subjects.producer(server, "redis", queue, **own)
    worker = subjects.worker(server, "redis", queue, **own)
    producer.receive(30)
    worker.receive(30)
    producer.ask(30, do="preload", first=0, count=5)
    assert eventually(lambda: subjects.finished() == set(range(5)))
