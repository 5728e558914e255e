"""Real subjects on real servers are counted, and what is counted is what the servers and the clients counted."""

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from support import Servers, eventually, is_alive
from taking import cost, meters, phases

from bench.metrics import cost_meter
from bench.metrics.cost_meter import CostMeter
from bench.metrics.cost_turn import CostTurn, Spent
from bench.metrics.metric import Found
from bench.metrics.phases import Phases
from bench.processes.errors import SubjectFailed
from bench.processes.launcher import Launcher
from bench.processes.metered import MeteredSubject
from bench.processes.platform import CorePlan
from bench.processes.subject import import_path, label_subjects
from bench.records.provenance import Counts
from bench.records.turns import Block
from bench.records.workload import load_workload
from brokers import Broker, Server, find_broker, split_subject
from brokers.redis import Redis
from brokers.wire import Wire
from brokers.workspace import Workspace

TASKS = 30
SUBJECTS = ["redis", "redis:durable", "rabbitmq", "rabbitmq:durable", "rabbitmq:quorum", "sqs"]
KIB_64 = 64 * 1024
PHASES = ("serialise", "publish", "queue wait", "prefetch wait", "run", "acknowledge")
QUICKEST_POOL = {"sqs": "solo"}  # the others take a second for each four tasks
COUNTING = """
import botocore.session
from celery import Celery
from kombu.asynchronous.aws.sqs.connection import AsyncSQSConnection
from pathlib import Path

app = Celery()
create_client = botocore.session.Session.create_client
make_request = AsyncSQSConnection.make_request

def count(name):
    with Path(__file__).with_name("requests").open("a") as requests:
        requests.write(name + "\\n")

def create_counted_client(*args, **kwargs):
    client = create_client(*args, **kwargs)
    client.meta.events.register("before-send", lambda event_name, **_: count(event_name.rpartition(".")[2]))
    return client

def make_counted_request(self, operation_name, *args, **kwargs):
    count(operation_name)
    return make_request(self, operation_name, *args, **kwargs)

botocore.session.Session.create_client = create_counted_client
AsyncSQSConnection.make_request = make_counted_request

@app.task(name="nothing")
def nothing():
    pass
"""


class Unrelayed(Redis):
    """A Redis that no relay can stand before."""

    def wire(self, url: str) -> Wire | None:
        return None


class Bypassed(Redis):
    """A Redis whose clients find their way past the relay."""

    def wire(self, url: str) -> Wire | None:
        found = super().wire(url)
        assert found is not None
        return _Past(protocol=found.protocol, host=found.host, port=found.port, url=url)


class _Past(Wire):
    def through(self, host: str, port: int) -> str:
        return self.url


@dataclass
class Metering:
    """Makes metered subjects, and ends them."""

    workspace: Workspace
    servers: Servers
    directory: Path
    ends: ExitStack

    def launcher(
        self, name: str, server: Server | None = None, broker: Broker | None = None, **changes: Any
    ) -> Launcher:
        (subject,) = label_subjects([split_subject(name)])
        pool = QUICKEST_POOL.get(subject.broker.name, "prefork")
        workload = load_workload("noop").model_copy(update={"pool": pool, **changes})
        return Launcher(
            subject=replace(subject, broker=broker or subject.broker),
            server=server or self.servers.private(name),
            workload=workload,
            workspace=self.workspace,
            cores=CorePlan(),
            hash_seed=1,
            import_path=import_path(workload, self.directory / "app"),
        )

    def running(self, launcher: Launcher, *metrics: str) -> MeteredSubject:
        metered = MeteredSubject(launcher, {}, meters=meters(*(metrics or ("cost",))))
        self.ends.callback(metered.end)
        metered.start()
        metered.wait_until_ready()
        return metered

    def warm(self, name: str, **changes: Any) -> MeteredSubject:
        """Return one that has had its first turn, with its connecting."""
        metered = self.running(self.launcher(name, **changes))
        cost(metered, 5)
        return metered


AROUND = """
import time
from celery import Celery, Task, signals
app = Celery()

class Base(Task):
    def __call__(self, *args, **options):
        time.sleep(0.002)
        return super().__call__(*args, **options)

@app.task(name="mine", base=Base)
def mine():
    pass

@signals.before_task_publish.connect
def publishing(**_):
    time.sleep(0.003)
"""


@pytest.fixture
def metering(
    workspace: Workspace, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Metering]:
    monkeypatch.setattr(cost_meter, "_MEMORY_TURN", None)  # RabbitMQ takes seconds to tell its memory
    with ExitStack() as ends:
        yield Metering(workspace, servers, tmp_path, ends)


def processes_of(metered: MeteredSubject) -> list[psutil.Process]:
    running = metered._running.values()
    return [psutil.Process(pid) for meter in running for pid in (meter.pair.producer.pid, meter.pair.worker.pid)]


def keys_of(server: Server) -> set[str]:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        return set(client.keys())


def ways(turn: CostTurn) -> tuple[Spent, Spent]:
    return turn.enqueue, turn.drain


@pytest.mark.parametrize("name", SUBJECTS)
def test_all_that_can_be_read_is_read(name: str, metering: Metering) -> None:
    turn = cost(metering.warm(name), TASKS)
    assert (turn.subject, turn.tasks) == (name, TASKS)
    for spent in ways(turn):
        assert spent.connections == 0
        assert spent.channels == (0 if name.startswith("rabbitmq") else None)
        assert spent.bytes_to_server
        assert spent.bytes_from_server is not None
        assert sum(spent.operations.values()) >= TASKS
        assert spent.client_cpu_ns is not None
        assert spent.server_cpu_ns is not None
        assert spent.client_grown_bytes is not None


def test_connecting_is_in_the_first_turn(metering: Metering) -> None:
    turn = cost(metering.running(metering.launcher("rabbitmq")), TASKS)
    assert (turn.enqueue.connections, turn.enqueue.channels) == (1, 1)
    assert turn.enqueue.operations["queue.declare"] == 1


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
@pytest.mark.parametrize("name", ["redis", "redis:durable"])
def test_the_commands_are_those_that_redis_counted(name: str, pool: str, metering: Metering) -> None:
    metered = metering.warm(name, pool=pool)
    server = metering.servers.private(name)

    def commands() -> Counter[str]:
        with redis.Redis.from_url(server.url, decode_responses=True) as client:
            found = client.info("commandstats")
        return Counter({command.removeprefix("cmdstat_").upper(): each["calls"] for command, each in found.items()})

    earlier = commands()
    turn = cost(metered, TASKS)
    counted = Counter(turn.enqueue.operations) + Counter(turn.drain.operations)
    by_server = commands() - earlier
    assert counted["LPUSH"] == turn.enqueue.operations["LPUSH"] == TASKS
    assert counted["HDEL"] == turn.drain.operations["HDEL"] == TASKS
    assert {name: by_server[name] for name in counted} == counted


@pytest.mark.parametrize("pool", ["prefork", "threads"])
@pytest.mark.parametrize("name", ["rabbitmq", "rabbitmq:durable", "rabbitmq:quorum"])
def test_a_task_is_published_delivered_and_acknowledged_once(name: str, pool: str, metering: Metering) -> None:
    turn = cost(metering.warm(name, pool=pool), TASKS)
    confirms = {} if name == "rabbitmq" else {"basic.ack": TASKS}
    assert turn.enqueue.operations == {"basic.publish": TASKS, **confirms}
    assert turn.enqueue.round_trips == (0 if name == "rabbitmq" else TASKS)
    assert turn.drain.operations == {"basic.deliver": TASKS, "basic.ack": TASKS}


def test_a_solo_worker_on_rabbitmq_may_acknowledge_its_last_two_tasks_later(metering: Metering) -> None:
    metered = metering.warm("rabbitmq", pool="solo")
    for _ in range(3):
        operations = cost(metered, TASKS).drain.operations
        assert operations["basic.deliver"] == TASKS
        assert TASKS - 2 <= operations["basic.ack"] <= TASKS + 2


@pytest.mark.parametrize("pool", ["threads", "solo"])
def test_the_requests_are_those_that_botocore_and_kombu_counted(pool: str, metering: Metering, tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text(COUNTING)
    metered = metering.warm("sqs", pool=pool, app_dir=str(tmp_path), app="counting:app", task="nothing")

    def requests() -> Counter[str]:
        return Counter((tmp_path / "requests").read_text().split())

    earlier = requests()
    turn = cost(metered, TASKS)
    counted = Counter(turn.enqueue.operations) + Counter(turn.drain.operations)
    assert counted == requests() - earlier
    assert counted["SendMessage"] == counted["DeleteMessage"] == TASKS
    assert turn.enqueue.operations == {"SendMessage": TASKS}
    assert counted["ReceiveMessage"] > 0


@pytest.mark.parametrize("name", ["redis", "rabbitmq", "sqs"])
def test_a_payload_passes_whole_both_ways_and_waits_in_the_servers_memory(
    name: str, metering: Metering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost_meter, "_MEMORY_TURN", 2)
    metered = metering.running(metering.launcher(name, task="tasks.echo", payload_bytes=KIB_64))
    turns = [cost(metered, TASKS) for _ in range(3)]
    for turn in turns:
        assert turn.enqueue.bytes_to_server is not None
        assert turn.enqueue.bytes_to_server >= TASKS * KIB_64
        assert turn.drain.bytes_from_server is not None
        assert turn.drain.bytes_from_server >= TASKS * KIB_64
    first, second, third = (turn.waiting_bytes for turn in turns)
    assert (first, third) == (None, None)
    if name == "sqs":
        assert second is None
    else:
        assert second is not None
        assert (TASKS - 5) * KIB_64 < second < 3 * TASKS * KIB_64  # the worker may have up to five of them


@pytest.mark.parametrize("broker", [Unrelayed(), Bypassed()])
def test_what_no_relay_sees_is_not_told(broker: Broker, metering: Metering) -> None:
    turn = cost(metering.running(metering.launcher("redis", broker=broker)), TASKS)
    for spent in ways(turn):
        assert spent.client_cpu_ns is not None
        unknown = (spent.connections, spent.channels, spent.round_trips, spent.bytes_to_server, spent.bytes_from_server)
        assert unknown == (None,) * 5
        assert spent.operations == {}


def test_the_cpu_time_of_a_server_that_is_not_ours_is_not_told(metering: Metering) -> None:
    users = replace(metering.servers.as_users("redis"), process=None)
    turn = cost(metering.running(metering.launcher("redis", users)), TASKS)
    assert [spent.server_cpu_ns for spent in ways(turn)] == [None, None]


@pytest.mark.parametrize("name", SUBJECTS)
def test_each_phase_of_each_task_is_timed(name: str, metering: Metering) -> None:
    launcher = metering.launcher(name, task="tasks.sleep", args=[0.01])
    turn = phases(metering.running(launcher, "phases"), TASKS, rate_per_s=40)
    counted = TASKS - 3  # the first tenth is warm-up
    assert turn.tasks == counted
    assert {phase: times.counted().total for phase, times in turn.phases.items()} == dict.fromkeys(PHASES, counted)
    assert turn.phases["run"].values_ns[0] >= 9_990_000
    assert all(times.values_ns[0] > 0 for phase, times in turn.phases.items() if phase != "queue wait")


def test_the_users_own_code_around_tasks_is_timed_with_the_phases(metering: Metering) -> None:
    (metering.directory / "own_app.py").write_text(AROUND)
    launcher = metering.launcher("redis", app="own_app:app", task="mine", app_dir=str(metering.directory))
    turn = phases(metering.running(launcher, "phases"), TASKS, rate_per_s=40)
    block = Block(number=0, metric="phases", warmup=False, turns=[turn])
    found = Phases().records(Found([launcher.subject.record()], [block]))["own_code"]
    times_ns = {one.around: one.mean_ns for one in found}
    assert {*times_ns} == {"call", "run"}
    assert times_ns["call"] >= 3_000_000
    assert times_ns["run"] >= 2_000_000


def test_turns_of_both_metrics_alternate_and_every_task_is_counted(metering: Metering) -> None:
    metered = metering.running(metering.launcher("redis"), "cost", "phases")
    for _ in range(2):
        assert cost(metered, TASKS).drain.operations["HDEL"] == TASKS
        assert phases(metered, TASKS, rate_per_s=500).tasks == TASKS - 3
    counts = metered.counts()
    sent = 2 * (TASKS + 1 + TASKS)  # each turn of phases wakes its worker by one more
    assert counts == Counts(sent=sent, started=sent, finished=sent, processes=counts.processes)


def test_a_worker_does_nothing_between_its_turns(metering: Metering) -> None:
    metered = metering.warm("redis")
    worker = processes_of(metered)[1]
    assert eventually(lambda: worker.status() == psutil.STATUS_STOPPED)


def test_nothing_is_left_behind_and_it_can_be_started_again(metering: Metering) -> None:
    server = metering.servers.as_users("redis")
    before = keys_of(server)
    metered = metering.running(metering.launcher("redis", server), "cost", "phases")
    for _ in range(2):
        cost(metered, TASKS)
        phases(metered, TASKS, rate_per_s=500)
        meter = metered.meter(CostMeter)
        assert meter._producer.relay is not None
        processes, port = processes_of(metered), meter._producer.relay.port
        assert keys_of(server) > before
        metered.end()
        assert keys_of(server) == before
        assert not any(map(is_alive, processes))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        metered.start()
        metered.wait_until_ready()


def test_a_task_that_cannot_be_enqueued_fails_its_subject(metering: Metering) -> None:
    metered = metering.running(metering.launcher("redis", task="tasks.echo"), "cost", "phases")
    failing: list[Callable[[], object]] = [lambda: cost(metered, TASKS), lambda: phases(metered, TASKS, 500)]
    for turn in failing:
        with pytest.raises(SubjectFailed, match="enqueue failed after 0 calls: TypeError"):
            turn()


def test_a_worker_that_ended_fails_its_subject(metering: Metering) -> None:
    metered = metering.warm("redis")
    metered.meter(CostMeter).pair.worker.end()
    with pytest.raises(SubjectFailed, match="its worker ended"):
        cost(metered, TASKS)


def test_only_what_was_asked_for_is_metered(metering: Metering) -> None:
    metered = metering.running(metering.launcher("redis"), "phases")
    assert metered.measures("phases")
    assert not metered.measures("cost")
    with pytest.raises(SubjectFailed, match="not metered"):
        cost(metered, TASKS)
    metered.end()
    with pytest.raises(SubjectFailed, match="not metered"):
        phases(metered, TASKS, 500)


def test_a_broker_that_lives_in_one_process_has_nothing_to_meter(metering: Metering) -> None:
    memory = find_broker("memory")
    metered = metering.running(metering.launcher("memory", memory.inspect(memory.local_url())), "cost", "phases")
    assert not metered.measures("cost")
    assert not metered.measures("phases")
    assert processes_of(metered) == []
