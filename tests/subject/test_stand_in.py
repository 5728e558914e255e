"""The raw client and kombu alone send what Celery sends, and leave nothing behind of what they take."""

import re
from collections.abc import Callable
from functools import partial

import pytest
import redis
from kombu import Connection
from support import Servers, Subjects, eventually

from brokers import Server
from brokers.sqs_endpoint import client_of

LAYERS = ("raw", "kombu")
SUBJECTS = ("redis", "rabbitmq", "rabbitmq:durable", "rabbitmq:quorum", "sqs", "sqs:fifo")
MANY = 40  # more than any of them prefetches
EVERY_ID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PROCESS = re.compile(rb"gen\d+@")


def messages_in(server: Server, subject: str, queue: str) -> int:
    """Count what waits in the queue and what was taken from it and not acknowledged.

    RabbitMQ counts the latter as waiting as soon as its consumer is gone.
    """
    counts: dict[str, Callable[[str, str], int]] = {
        "redis": _in_redis,
        "rabbitmq": _in_rabbitmq,
        "sqs": _in_sqs,
    }
    return counts[subject.partition(":")[0]](server.url, queue)


def _in_redis(url: str, queue: str) -> int:
    with redis.Redis.from_url(url) as client:
        unacked, index = client.hlen(f"{queue}.unacked_key"), client.zcard(f"{queue}.unacked_index_key")
        assert unacked == index
        return int(client.llen(queue)) + int(unacked)


def _in_rabbitmq(url: str, queue: str) -> int:
    with Connection(url) as connection:
        return int(connection.default_channel.queue_declare(queue, passive=True).message_count)


def _in_sqs(url: str, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    with client_of(url) as client:
        place = client.get_queue_url(QueueName=queue)["QueueUrl"]
        found = client.get_queue_attributes(QueueUrl=place, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


@pytest.fixture(params=SUBJECTS)
def subject(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=LAYERS)
def layer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def own_queue(subject: str, queue: str) -> str:
    return f"{queue}.fifo" if subject == "sqs:fifo" else queue


def test_a_worker_runs_what_a_ceiling_enqueued(
    subject: str, layer: str, servers: Servers, subjects: Subjects, own_queue: str
) -> None:
    server = servers.private(subject)
    ceiling = subjects.ceiling(server, subject, own_queue, layer)
    assert ceiling.receive(30)["event"] == "ready"
    durations_ns = ceiling.ask(30, do="enqueue", calls=5)["done"]
    assert len(durations_ns) == 5
    assert all(isinstance(duration, int) and duration > 0 for duration in durations_ns)
    count = partial(messages_in, server, subject, own_queue)
    assert eventually(lambda: count() == 5)
    subjects.worker(server, subject, own_queue).receive(30)
    assert eventually(lambda: subjects.finishes() == [0] * 5)  # each has the id of the first
    assert eventually(lambda: count() == 0)


def test_a_drain_leaves_nothing_behind(
    subject: str, layer: str, servers: Servers, subjects: Subjects, own_queue: str
) -> None:
    server = servers.private(subject)
    ceiling = subjects.ceiling(server, subject, own_queue, layer, settings={"worker_concurrency": 2})
    ceiling.receive(30)
    for _ in range(2):
        assert ceiling.ask(60, do="preload", count=MANY) == {"done": list(range(MANY))}
        answer = ceiling.ask(60, do="drain", count=MANY)
        assert answer.pop("duration_ns", 0) > 0
        assert answer == {"tasks": MANY}
    ceiling.end()
    assert eventually(lambda: messages_in(server, subject, own_queue) == 0)


def test_a_drain_takes_no_more_than_it_was_told(
    subject: str, layer: str, servers: Servers, subjects: Subjects, own_queue: str
) -> None:
    server = servers.private(subject)
    ceiling = subjects.ceiling(server, subject, own_queue, layer, settings={"worker_concurrency": 2})
    ceiling.receive(30)
    ceiling.ask(60, do="preload", count=MANY)
    assert ceiling.ask(60, do="drain", count=3)["tasks"] == 3
    ceiling.end()
    assert eventually(lambda: messages_in(server, subject, own_queue) == MANY - 3)


@pytest.mark.parametrize("subject", ["redis", "rabbitmq"])
def test_a_raw_drain_of_more_than_there_is_says_so(
    subject: str, servers: Servers, subjects: Subjects, queue: str
) -> None:
    ceiling = subjects.ceiling(servers.private(subject), subject, queue, "raw")
    ceiling.receive(30)
    ceiling.ask(30, do="preload", count=2)
    answer = ceiling.ask(30, do="drain", count=3)
    assert answer["done"] == []
    assert re.search("only [02] of 3 messages arrived", answer["error"])


@pytest.mark.parametrize("task", [("tasks.noop", []), ("tasks.echo", ["ä" * 1000])], ids=["noop", "echo"])
def test_its_messages_differ_from_celerys_in_nothing_but_ids(
    task: tuple[str, list[str]], layer: str, servers: Servers, subjects: Subjects, queue: str
) -> None:
    server, name, args = servers.private("redis"), *task
    ceiling = subjects.ceiling(server, "redis", queue, layer, task=name, args=args)
    producer = subjects.producer(server, "redis", queue, task=name, args=args)
    for process in (ceiling, producer):
        process.receive(30)
        process.ask(30, do="enqueue", calls=1)
    with redis.Redis.from_url(server.url) as client:
        sent, celerys = (PROCESS.sub(b"", EVERY_ID.sub(b"", client.rpop(queue))) for _ in range(2))
    assert sent == celerys


def test_memory_has_no_raw_client(servers: Servers, subjects: Subjects, queue: str) -> None:
    ceiling = subjects.ceiling(servers.private("memory"), "memory", queue, "raw")
    ceiling.receive(30)
    for command in ({"do": "enqueue", "calls": 1}, {"do": "preload", "count": 1}, {"do": "drain", "count": 1}):
        assert ceiling.ask(30, **command) == {"done": [], "error": "LookupError: the broker names no raw client"}


def test_kombu_alone_needs_no_server(servers: Servers, subjects: Subjects, queue: str) -> None:
    ceiling = subjects.ceiling(servers.private("memory"), "memory", queue, "kombu")
    ceiling.receive(30)
    ceiling.ask(30, do="preload", count=MANY)
    assert ceiling.ask(30, do="drain", count=MANY)["tasks"] == MANY
