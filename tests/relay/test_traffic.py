"""The traffic of a real producer and a real worker with real servers, counted by a relay between them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import psutil
import pytest
from support import Servers, Subjects, eventually

from bench.processes.process import SubjectProcess
from bench.relay.relay import Relay
from bench.relay.traffic import Traffic
from brokers import Server, split_subject
from brokers.workspace import Workspace

TASKS = 20
# What each task costs, but for how often a worker asks whether there is one (BRPOP, ReceiveMessage).
ENQUEUE = {
    "redis": Counter(LPUSH=1),
    "rabbitmq": Counter({"basic.publish": 1}),
    "rabbitmq:durable": Counter({"basic.publish": 1, "basic.ack": 1}),
    "sqs": Counter(SendMessage=1),
}
DRAIN = {
    "redis": Counter(MULTI=2, ZADD=1, HSET=1, ZREM=1, HDEL=1, EXEC=2),
    "rabbitmq": Counter({"basic.deliver": 1, "basic.ack": 1}),
    "rabbitmq:durable": Counter({"basic.deliver": 1, "basic.ack": 1}),
    "sqs": Counter(DeleteMessage=1),
}


@dataclass
class Relayed:
    """A queue on a server, and a relay to it."""

    subject: str
    server: Server
    relay: Relay
    queue: str
    subjects: Subjects

    def by_relay(self) -> Server:
        wire = split_subject(self.subject)[0].wire(self.server.url)
        assert wire is not None
        return replace(self.server, url=wire.through(self.relay.host, self.relay.port))

    def producer(self, server: Server) -> SubjectProcess:
        producer = self.subjects.producer(server, self.subject, self.queue)
        producer.receive(30)
        return producer

    def worker(self) -> SubjectProcess:
        # not solo: on RabbitMQ that one may send its last acknowledgements seconds later
        worker = self.subjects.worker(self.by_relay(), self.subject, self.queue, "threads")
        worker.receive(30)
        return worker

    def enqueue(self, producer: SubjectProcess, first: int, count: int) -> Traffic:
        earlier = self.relay.traffic_at_rest()
        producer.ask(30, do="preload", first=first, count=count)
        return self.relay.traffic_at_rest() - earlier

    def has_finished(self) -> bool:
        return self.subjects.finished() == set(range(TASKS))


@pytest.fixture(params=ENQUEUE)
def relayed(
    request: pytest.FixtureRequest, servers: Servers, subjects: Subjects, workspace: Workspace
) -> Iterator[Relayed]:
    broker, profile = split_subject(request.param)
    server = servers.private(request.param)
    wire = broker.wire(server.url)
    assert wire is not None
    with workspace.lease(broker, server, profile) as lease, Relay(wire.host, wire.port, wire.protocol) as relay:
        yield Relayed(request.param, server, relay, lease.queue, subjects)


def test_each_enqueue_has_its_operations_and_bytes(relayed: Relayed) -> None:
    producer = relayed.producer(relayed.by_relay())
    relayed.enqueue(producer, 0, 1)  # connects, and makes the queue
    traffic = relayed.enqueue(producer, 1, TASKS)
    assert traffic.operations == times(TASKS, ENQUEUE[relayed.subject])
    assert traffic.connections == 0
    assert traffic.round_trips == (0 if relayed.subject == "rabbitmq" else TASKS)
    assert traffic.bytes_to_server > 300 * TASKS  # the shortest of Celery's messages


def test_each_drained_task_has_its_operations(relayed: Relayed) -> None:
    relayed.worker()
    producer = relayed.producer(relayed.server)
    earlier = relayed.relay.traffic_at_rest()
    producer.ask(30, do="preload", first=0, count=TASKS)
    assert eventually(relayed.has_finished)
    per_task = DRAIN[relayed.subject]

    def drained() -> Counter[str]:
        found = (relayed.relay.traffic() - earlier).operations
        return Counter({name: found[name] for name in per_task})

    assert eventually(lambda: drained() >= times(TASKS, per_task))
    relayed.relay.traffic_at_rest()
    assert drained() == times(TASKS, per_task)


def test_no_traffic_goes_past_the_relay(relayed: Relayed) -> None:
    producer, worker = relayed.producer(relayed.by_relay()), relayed.worker()
    producer.ask(30, do="preload", first=0, count=TASKS)
    assert eventually(relayed.has_finished)
    for process in (producer, worker):
        ends = psutil.Process(process._process.pid).net_connections("tcp")
        assert {end.raddr.port for end in ends} == {relayed.relay.port}


def times(count: int, operations: Counter[str]) -> Counter[str]:
    return Counter({name: count * each for name, each in operations.items()})
