"""On a server that is the user's own, a run touches nothing but what it made, and leaves nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import Celery
from kombu import Connection
from kombu.transport.native_delayed_delivery import (
    CELERY_DELAYED_DELIVERY_EXCHANGE,
    MAX_NUMBER_OF_BITS_TO_USE,
    declare_native_delayed_delivery_exchanges_and_queues,
    level_name,
)
from probes import Probe, probe_of
from support import Servers, Subjects, eventually

from bench.subject.recorder import task_id
from brokers import Server, split_subject
from brokers.beside import MAILBOX, broadcast_beside, broadcast_queue_beside, settings_beside
from brokers.sqs_endpoint import client_of
from brokers.workspace import Workspace

SUBJECTS = [
    "postgres",
    "postgres:durable",
    "postgres:notify",
    "postgres:fifo",
    "redis",
    "redis:durable",
    "valkey",
    "rabbitmq",
    "rabbitmq:durable",
    "rabbitmq:quorum",
    "sqs",
    "sqs:durable",
    "sqs:fifo",
]


def use(subject: str, server: Server, workspace: Workspace, subjects: Subjects) -> None:
    """Use a lease as a measurement does, and worse: a worker is killed with tasks in hand and in the queue."""
    broker, profile = split_subject(subject)
    with workspace.lease(broker, server, profile) as lease, _app(subject, server, lease.queue) as app:
        worker = subjects.worker(server, subject, lease.queue)
        for number in range(12):
            app.send_task("tasks.noop", task_id=task_id(number), priority=number % 10)
        worker.receive(30)
        assert eventually(lambda: len(subjects.finished()) == 12)
        for _ in range(8):
            app.send_task("tasks.sleep", args=[60], priority=9)
        assert eventually(lambda: subjects.log("worker").count("received") > 12)
        worker.end()


@contextmanager
def _app(subject: str, server: Server, queue: str) -> Iterator[Celery]:
    broker, profile = split_subject(subject)
    app = Celery(set_as_current=False)
    app.config_from_object({**broker.settings(server.url, profile, queue), "task_ignore_result": True})
    yield app
    app.close()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_a_user_has_on_a_server_is_untouched_and_nothing_is_added(
    subject: str, servers: Servers, workspace: Workspace, subjects: Subjects
) -> None:
    server = servers.as_users(subject)
    probe: Probe = probe_of(subject, server)
    with probe.canaries():
        before = probe.contents()
        use(subject, server, workspace, subjects)
        assert probe.contents() == before


def test_a_users_own_delayed_delivery_stays(servers: Servers, workspace: Workspace, subjects: Subjects) -> None:
    server = servers.as_users("rabbitmq:quorum")
    probe: Probe = probe_of("rabbitmq", server)
    with Connection(server.url) as connection:
        declare_native_delayed_delivery_exchanges_and_queues(connection, "quorum")
        before = probe.contents()
        use("rabbitmq:quorum", server, workspace, subjects)
        after = probe.contents()
        channel = connection.channel()
        for name in [*map(level_name, range(MAX_NUMBER_OF_BITS_TO_USE)), CELERY_DELAYED_DELIVERY_EXCHANGE]:
            channel.queue_delete(name)
            channel.exchange_delete(name)
    assert after == before


@pytest.mark.parametrize("subject", ["postgres", "redis", "valkey", "rabbitmq:quorum", "sqs"])
def test_remote_control_events_and_broadcasts_leave_nothing(
    subject: str, servers: Servers, workspace: Workspace, subjects: Subjects
) -> None:
    server = servers.as_users(subject)
    broker, profile = split_subject(subject)
    probe: Probe = probe_of(subject, server)
    with probe.canaries():
        before = probe.contents()
        with workspace.lease(broker, server, profile) as lease:
            _talk_beside(subject, server, lease.queue, subjects)
        assert probe.contents() == before


@pytest.mark.parametrize("subject", ["sqs", "sqs:fifo"])
def test_a_queue_whose_name_only_begins_as_a_leases_stays(subject: str, servers: Servers, workspace: Workspace) -> None:
    server = servers.as_users(subject)
    broker, profile = split_subject(subject)
    with client_of(server.url) as client:
        with workspace.lease(broker, server, profile) as lease:
            name = f"{lease.queue.removesuffix('.fifo')}0"
            url = client.create_queue(QueueName=name)["QueueUrl"]
        assert client.get_queue_url(QueueName=name)["QueueUrl"] == url
        client.delete_queue(QueueUrl=url)


def _talk_beside(subject: str, server: Server, queue: str, subjects: Subjects) -> None:
    """Have a worker that listens to everything, a sender that asks and listens, and end both at once."""
    talking = {"worker_enable_remote_control": True, "worker_send_task_events": True, "task_send_sent_event": True}
    job = {"settings": {**settings_beside(queue), **talking}, "broadcast": broadcast_beside(queue), "mailbox": MAILBOX}
    argv = ["--pool", "solo", "--queues", f"{queue},{broadcast_beside(queue)}", "--without-gossip", "--without-mingle"]
    sender = subjects.sender(server, subject, queue, **job)
    own = broadcast_queue_beside(queue, 0)
    worker = subjects.worker(server, subject, queue, argv=argv, broadcast_queue=own, **job)
    for process in (sender, worker):
        process.receive(30)
    sender.ask(30, do="watch")
    sender.ask(30, do="inspect", what="ping")
    for place, options in enumerate(({}, {"queue": broadcast_beside(queue)})):
        sender.ask(30, do="send", first=place, count=1, task="tasks.noop", args=[], options=options)
    assert eventually(lambda: 0 in subjects.finished())
    worker.end()
    sender.end()
