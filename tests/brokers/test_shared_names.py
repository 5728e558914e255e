"""A user's app may use the names that all apps on a server share at any moment of a run: they are never the run's."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from amqp.exceptions import NotFound
from celery import Celery
from held import Held, kill, without_urls
from kombu import Connection
from kombu.transport.native_delayed_delivery import (
    CELERY_DELAYED_DELIVERY_EXCHANGE,
    MAX_NUMBER_OF_BITS_TO_USE,
    level_name,
)
from support import Servers, Subjects, eventually

from brokers import Server, split_subject
from brokers.beside import settings_beside
from brokers.workspace import Workspace

SUBJECT = "rabbitmq:quorum"
SHARED = [*map(level_name, range(MAX_NUMBER_OF_BITS_TO_USE)), CELERY_DELAYED_DELIVERY_EXCHANGE]
LATER_S = 600
SOON_S = 1
USERS_APP = """
from celery import Celery

app = Celery("shop", broker={url!r})
app.conf.update(
    task_default_queue="shop-orders",
    task_default_queue_type="quorum",
    task_default_exchange_type="topic",
    task_ignore_result=True,
    broker_transport_options={{"confirm_publish": True}},
)


@app.task(name="shop.bill", shared=False)
def bill():
    print("billed", flush=True)
"""


class UsersApp:
    """A real worker of a user's app, with native delayed delivery, and what sends to it."""

    def __init__(self, server: Server, directory: Path) -> None:
        (directory / "shop.py").write_text(USERS_APP.format(url=server.url))
        scope: dict[str, Any] = {}
        exec((directory / "shop.py").read_text(), scope)  # the very file that the worker loads
        self.app: Celery = scope["app"]
        self._log = directory / "shop.log"
        self._directory = directory

    @contextmanager
    def works(self) -> Iterator[None]:
        command = [sys.executable, "-m", "celery", "-A", "shop", "worker", "--pool", "solo", "--loglevel", "INFO"]
        command += ["--without-gossip", "--without-mingle"]
        with (
            self._log.open("w") as log,
            subprocess.Popen(command, cwd=self._directory, stdout=log, stderr=log) as process,
        ):
            try:
                assert eventually(lambda: "ready." in self._log.read_text(), within_s=40)
                yield
            finally:
                process.kill()

    def send(self, countdown: int) -> None:
        self.app.send_task("shop.bill", countdown=countdown)

    def has_billed(self) -> bool:
        return "billed" in self._log.read_text()


@pytest.fixture
def server(servers: Servers) -> Server:
    return servers.as_users(SUBJECT)


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[UsersApp]:
    """Prepare a user's app, and take away what it made on the server in the end."""
    shop = UsersApp(server, tmp_path)
    yield shop
    shop.app.close()
    with Connection(server.url) as connection:
        channel = connection.channel()
        for name in [*SHARED, "shop-orders", "celery.pidbox", "celeryev"]:
            channel.queue_delete(name)
            channel.exchange_delete(name)


def _shared(server: Server) -> dict[str, int]:
    """Return the shared queues and exchanges that exist, each with the number of the messages in it."""
    found: dict[str, int] = {}
    with Connection(server.url) as connection:
        for name in SHARED:
            with suppress(NotFound), connection.channel() as channel:
                channel.exchange_declare(name, type="topic", passive=True)
                found[name] = 0
            with suppress(NotFound), connection.channel() as channel:
                found[name] = channel.queue_declare(name, passive=True).message_count
    return found


def _send_delayed(server: Server, shop: UsersApp) -> dict[str, int]:
    """Send the user's task, and return what is there when it waits in a shared queue."""
    shop.send(LATER_S)
    assert eventually(lambda: sum(_shared(server).values()) == 1)
    return _shared(server)


def _is_whole(server: Server, shop: UsersApp, before: dict[str, int]) -> bool:
    """Return True if the user's task waits as before, and another one still finds its way to the worker."""
    same = _shared(server) == before
    shop.send(SOON_S)
    return same and eventually(shop.has_billed)


def test_a_quorum_queue_makes_nothing_under_a_shared_name(
    server: Server, workspace: Workspace, subjects: Subjects
) -> None:
    with workspace.lease(*_leased(server)) as lease:
        worker = subjects.worker(server, SUBJECT, lease.queue)
        worker.receive(30)
        assert _shared(server) == {}
        worker.end()


def test_a_users_delayed_tasks_outlive_a_lease_in_which_they_were_sent(
    server: Server, shop: UsersApp, workspace: Workspace, subjects: Subjects
) -> None:
    with ExitStack() as ends:
        lease = ends.enter_context(workspace.lease(*_leased(server)))
        worker = subjects.worker(server, SUBJECT, lease.queue)
        worker.receive(30)
        with shop.works():
            before = _send_delayed(server, shop)
            worker.end()
            ends.close()
            assert _is_whole(server, shop, before)


def test_a_users_delayed_tasks_outlive_a_killed_run_in_which_they_were_sent(
    server: Server, shop: UsersApp, hold: Callable[..., Held]
) -> None:
    held = hold(SUBJECT, **{**without_urls(), "RABBITMQ_URL": server.url})
    with shop.works():
        before = _send_delayed(server, shop)
        kill(held.process)
        held.process.wait()
        assert eventually(lambda: not _exists(server, held.queues[0]))
        assert eventually(held.is_gone)
        assert _is_whole(server, shop, before)


def test_a_delayed_task_that_would_pass_through_shared_queues_is_refused_with_the_remedy(
    server: Server, workspace: Workspace, subjects: Subjects
) -> None:
    topic = {"task_default_exchange_type": "topic"}
    with workspace.lease(*_leased(server)) as lease:
        sender = subjects.sender(server, SUBJECT, lease.queue, settings={**settings_beside(lease.queue), **topic})
        sender.receive(30)
        how = {"task": "tasks.noop", "args": []}
        later = sender.ask(30, do="send", first=0, count=1, options={"countdown": LATER_S}, **how)
        at_once = sender.ask(30, do="send", first=1, count=1, options={}, **how)
        sender.end()
    assert "set task_default_exchange_type to direct" in later["refused"][0][1]
    assert at_once["refused"] == []


def _exists(server: Server, queue: str) -> bool:
    with Connection(server.url) as connection, suppress(NotFound), connection.channel() as channel:
        channel.queue_declare(queue, passive=True)
        return True
    return False


def _leased(server: Server) -> tuple[Any, Server, Any]:
    broker, profile = split_subject(SUBJECT)
    return broker, server, profile
