"""Each step of a task's way is stamped once, on each broker; without being asked for, nothing is."""

from pathlib import Path

import pytest
from support import Servers, Subjects, eventually
from ways import LATE_ACKS, ORDERS, are_whole, events_in, keeps, ways_of

from bench.subject.recorder import CALLED, FINISHED, STARTED

TASKS = 20
TELLING = """
from celery import Celery, signals
from kombu.message import Message
from kombu.messaging import Producer
app = Celery()

@app.task(name="mine")
def mine():
    print("ack", Message.ack.__module__)

@signals.after_task_publish.connect
def tell(**_):
    print("prepare", Producer._prepare.__module__)
"""


@pytest.mark.parametrize("late", [False, True], ids=["early", "late"])
@pytest.mark.parametrize(
    ("subject", "pool"),
    [("redis", "prefork"), ("rabbitmq", "prefork"), ("sqs", "prefork"), ("redis", "solo"), ("redis", "threads")],
)
def test_each_step_of_each_task_is_stamped_once_and_in_order(
    subject: str, pool: str, late: bool, servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    server, stamps = servers.private(subject), tmp_path / "stamps"
    stamps.mkdir()
    own = {"settings": {"task_acks_late": late}, "stamps": str(stamps)}
    producer = subjects.producer(server, subject, queue, **own)
    worker = subjects.worker(server, subject, queue, pool, **own)
    producer.receive(30)
    worker.receive(30)
    producer.ask(30, do="preload", first=0, count=TASKS // 2)
    producer.ask(30, do="pace", first=TASKS // 2, count=TASKS // 2, interval_ns=5_000_000)
    assert eventually(lambda: are_whole(ways_of(subjects.records, stamps), TASKS), 30)
    orders = [*ORDERS, LATE_ACKS] if late else ORDERS
    ways = ways_of(subjects.records, stamps).values()
    assert all(keeps(way, order) for way in ways for order in orders)


def test_stamps_may_lie_beside_the_workers_record(servers: Servers, subjects: Subjects, queue: str) -> None:
    server, own = servers.private("redis"), {"stamps": str(subjects.records)}
    producer = subjects.producer(server, "redis", queue, **own)
    worker = subjects.worker(server, "redis", queue, **own)
    producer.receive(30)
    worker.receive(30)
    producer.ask(30, do="preload", first=0, count=TASKS)
    assert eventually(lambda: are_whole(ways_of(subjects.records), TASKS))


def test_a_message_of_protocol_1_is_known_by_its_correlation_id(
    servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    server, own = servers.private("redis"), {"stamps": str(subjects.records), "settings": {"task_protocol": 1}}
    producer = subjects.producer(server, "redis", queue, **own)
    worker = subjects.worker(server, "redis", queue, **own)
    producer.receive(30)
    worker.receive(30)
    producer.ask(30, do="preload", first=0, count=TASKS)
    assert eventually(lambda: are_whole(ways_of(subjects.records), TASKS))


def test_a_producers_other_calls_are_not_stamped(servers: Servers, subjects: Subjects, queue: str) -> None:
    producer = subjects.producer(servers.private("redis"), "redis", queue, stamps=str(subjects.records))
    producer.receive(30)
    producer.ask(30, do="enqueue", calls=3)
    producer.ask(30, do="thread", calls=3)
    assert events_in(subjects.records) == []


def test_a_call_that_fails_is_not_stamped_as_published(servers: Servers, subjects: Subjects, queue: str) -> None:
    own = {"task": "tasks.echo", "args": ["one", "too many"], "stamps": str(subjects.records)}
    producer = subjects.producer(servers.private("redis"), "redis", queue, **own)
    producer.receive(30)
    assert "error" in producer.ask(30, do="preload", first=0, count=3)
    assert [event[:2] for event in events_in(subjects.records)] == [(0, CALLED)]


@pytest.mark.parametrize("stamped", [False, True], ids=["without", "with"])
def test_nothing_is_touched_without_being_asked_for(
    stamped: bool, servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    (tmp_path / "telling.py").write_text(TELLING)
    own = {"import_path": [str(tmp_path)], "app": "telling:app", "task": "mine"}
    own |= {"stamps": str(subjects.records)} if stamped else {}
    server = servers.private("redis")
    producer = subjects.producer(server, "redis", queue, **own)
    worker = subjects.worker(server, "redis", queue, **own)
    producer.receive(30)
    worker.receive(30)
    producer.ask(30, do="preload", first=0, count=1)
    producer.ask(30, do="pace", first=1, count=1, interval_ns=1)
    assert eventually(lambda: subjects.finished() == {0, 1})
    told = set((subjects.log("producer") + subjects.log("worker")).split())
    assert ("_brokerbench_subject.stamps" in told) == stamped
    assert ({"kombu.message", "kombu.messaging"} <= told) != stamped
    assert ({kind for _, kind, _ in events_in(subjects.records)} == {STARTED, FINISHED}) != stamped
