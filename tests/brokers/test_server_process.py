"""A private server can be broken and mended: killed, started again, stopped, deprived."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from amqp.exceptions import PreconditionFailed
from celery import Celery
from redis import Redis as Client
from redis import TimeoutError as NoAnswerError
from support import Servers, eventually, is_alive

from brokers import Broker, BrokerUnavailable, Server, find_broker, split_subject
from brokers.server import run_process, serve
from brokers.server_process import ServerProcess, as_owner
from brokers.workspace import Workspace


def process_of(server: Server) -> ServerProcess:
    assert server.process is not None
    return server.process


@contextmanager
def an_app(broker: Broker, server: Server, queue: str, profile: str = "default") -> Iterator[Celery]:
    app = Celery(set_as_current=False)
    app.config_from_object(
        {**broker.settings(server.url, broker.profiles[profile], queue), "task_publish_retry": False}
    )
    yield app
    app.close()


@pytest.mark.parametrize("subject", ["postgres:durable", "redis:durable", "rabbitmq:durable"])
def test_a_killed_server_answers_again_at_its_place_with_what_it_kept(subject: str, workspace: Workspace) -> None:
    broker, profile = split_subject(subject)
    with serve(broker, profile, workspace) as server, an_app(broker, server, "kept", profile.name) as app:
        app.send_task("any")
        first = process_of(server).pid
        process_of(server).kill()
        with pytest.raises(BrokerUnavailable):
            broker.inspect(server.url)
        process_of(server).start()
        assert process_of(server).pid != first
        with app.connection_for_read() as connection:
            queue = app.amqp.queues["kept"].bind(connection.channel())
            assert eventually(lambda: queue.get(no_ack=True) is not None)


def test_a_stopped_server_answers_once_it_goes_on(servers: Servers) -> None:
    server = servers.private("redis")
    with Client.from_url(server.url, socket_timeout=0.3) as client:
        process_of(server).stop()
        try:
            with pytest.raises(NoAnswerError):
                client.ping()
        finally:
            process_of(server).go_on()
        assert eventually(client.ping)


def test_a_redis_without_memory_refuses_tasks_until_it_has_some(servers: Servers) -> None:
    broker, server = find_broker("redis"), servers.private("redis")
    depriving = broker.deprive(server, "memory")
    assert depriving is not None
    with an_app(broker, server, "deprived") as app:
        with depriving, pytest.raises(Exception, match="used memory > 'maxmemory'"):
            app.send_task("any")
        app.send_task("any")


@pytest.mark.parametrize("of", ["memory", "disk"])
def test_a_rabbitmq_in_alarm_takes_nothing_from_publishers_until_it_ends(of: str, servers: Servers) -> None:
    broker, server = find_broker("rabbitmq"), servers.private("rabbitmq")
    depriving = broker.deprive(server, of)  # type: ignore[arg-type]
    assert depriving is not None
    with an_app(broker, server, f"without-{of}") as app, app.connection_for_write() as connection:
        queue = app.amqp.queues[f"without-{of}"].bind(connection.channel())
        queue.declare()
        with depriving:
            app.send_task("any")
            time.sleep(0.5)
            assert queue.queue_declare(passive=True).message_count == 0
        assert eventually(lambda: queue.queue_declare(passive=True).message_count == 1)


def test_a_redis_that_evicts_throws_a_queue_away_and_is_as_before_afterwards(servers: Servers) -> None:
    broker, server = find_broker("redis"), servers.private("redis")
    evicting = broker.deprive(server, "retention")
    assert evicting is not None
    with an_app(broker, server, "evicted") as app, Client.from_url(server.url) as client:
        app.send_task("any")
        assert client.llen("evicted") == 1
        time.sleep(2.5)  # the time of a key's last use is known to the second
        with evicting:
            assert client.llen("evicted") == 0
        assert client.config_get("maxmemory*")["maxmemory-policy"] == "noeviction"
        assert not client.keys("brokerbench-*")
        app.send_task("any")
        assert client.llen("evicted") == 1


def test_a_rabbitmq_takes_back_what_is_not_acknowledged_in_the_time_that_was_set(servers: Servers) -> None:
    broker, server = find_broker("rabbitmq"), servers.private("rabbitmq")
    limiting = broker.limit_acknowledgement(server, 1.0)
    assert limiting is not None
    assert broker.acknowledgement_timeout is not None
    assert broker.acknowledgement_timeout_s(server) == broker.acknowledgement_timeout.default_s
    with an_app(broker, server, "taken-back") as app, limiting, app.connection_for_read() as connection:
        app.send_task("any")
        queue = app.amqp.queues["taken-back"].bind(connection.channel())
        queue.consume(callback=lambda _: None)
        connection.drain_events(timeout=20)
        with pytest.raises(PreconditionFailed, match="Timeout value used: 1000"):
            connection.drain_events(timeout=20)
    assert broker.acknowledgement_timeout_s(server) == broker.acknowledgement_timeout.default_s


def test_a_server_whose_clients_choose_when_a_task_comes_back_has_no_limit_of_its_own(servers: Servers) -> None:
    broker, server = find_broker("redis"), servers.private("redis")
    assert broker.acknowledgement_timeout is None
    assert broker.acknowledgement_timeout_s(server) is None
    assert broker.limit_acknowledgement(server, 1.0) is None


def test_a_server_that_nobody_can_deprive_says_so(servers: Servers) -> None:
    for subject, of in (("sqs", "memory"), ("redis", "disk"), ("rabbitmq", "persistence"), ("rabbitmq", "retention")):
        assert find_broker(subject).deprive(servers.private(subject), of) is None  # type: ignore[arg-type]


FAMILY = """
import os, subprocess, sys, time
CHILD = "import time; time.sleep(600)"
for _ in range(2):  # neither a mark nor a session of the server's
    subprocess.Popen([sys.executable, "-c", CHILD], env={}, start_new_session=True)
open("ready", "w").close()
time.sleep(600)
"""


@pytest.mark.skipif(not hasattr(os, "setsid"), reason="it has no sessions")
def test_children_with_sessions_and_titles_of_their_own_are_stopped_and_ended_too(tmp_path: Path) -> None:
    def ready() -> None:
        (tmp_path / "ready").stat()

    with run_process([sys.executable, "-c", FAMILY], directory=tmp_path, ready=ready) as process:
        assert process.pid is not None
        family = psutil.Process(process.pid).children()
        assert len(family) == 2
        process.stop()
        assert eventually(lambda: {one.status() for one in family} == {psutil.STATUS_STOPPED})
        process.go_on()
        assert eventually(lambda: psutil.STATUS_STOPPED not in {one.status() for one in family})
        process.kill()
        assert not any(map(is_alive, family))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root starts a server as another user")
def test_root_starts_a_server_as_the_owner_of_its_directory(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    answer = subprocess.run(["id", "-u"], capture_output=True, text=True, check=True, **as_owner(tmp_path))
    assert answer.stdout == "65534\n"
    os.chown(tmp_path, 0, 0)
    assert as_owner(tmp_path) == {}
