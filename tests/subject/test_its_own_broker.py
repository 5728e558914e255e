"""A user's app has its environment whole, and no process of a subject ever connects to the broker that it names."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from listeners import listening
from support import Servers, Subjects, eventually

import tasks

CELERYS = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL", "CELERY_RESULT_BACKEND")
TASKS = """
import os
from celery import shared_task

READ = os.environ.get("CELERY_BROKER_URL")  # by a module that is imported later than the app

@shared_task(name="shop.buy", ignore_result=False)
def buy(call_others=True):
    from shop import app
    if call_others:  # in a pool's child
        app.send_task("shop.buy", [False])
        app.control.broadcast("nothing")
        from late_settings import URL
        assert URL in (None, app.conf.broker_url)
        raise ValueError("which is stored")
"""
APPS = {
    "settings that are read late": (
        CELERYS,
        """
app = Celery("shop", include=["shop_tasks"])
app.config_from_object("shop_settings", namespace="CELERY")
""",
    ),
    "code": (
        ("SHOP_BROKER",),
        """
from celery.signals import celeryd_init, worker_init, worker_process_init

url = os.environ["SHOP_BROKER"]
app = Celery("shop", broker=url, backend=url, include=["shop_tasks"])
app.conf.worker_prefetch_multiplier = int(os.environ["CELERY_PREFETCH"])
app.conf.task_store_errors_even_if_ignored = True
app.backend, app.pool, app.amqp.queues  # they keep the URLs

@celeryd_init.connect
@worker_init.connect
@worker_process_init.connect
def configure(**_):
    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = app.conf.result_backend = url
""",
    ),
}
SETTINGS = """
import os
CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
CELERY_RESULT_BACKEND = os.environ["CELERY_RESULT_BACKEND"]
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = True
CELERY_WORKER_PREFETCH_MULTIPLIER = int(os.environ["CELERY_PREFETCH"])
"""


@contextmanager
def a_broker_of_its_own(variables: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Set the variables of an app's own broker, and return a list of what it receives."""
    received: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        received.append(connection.recv(100))

    with listening(serve) as (host, port):
        for name in (*variables, "BROKER_URL", "RESULT_BACKEND"):  # Celery's command line reads the last two
            monkeypatch.setenv(name, f"redis://{host}:{port}/0")
        monkeypatch.setenv("APP", "no.such:app")
        monkeypatch.setenv("CELERY_PREFETCH", "7")
        yield received


@pytest.mark.parametrize("kind", APPS)
def test_nothing_connects_to_the_broker_of_an_apps_environment(
    kind: str, servers: Servers, subjects: Subjects, queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables, shop = APPS[kind]
    (tmp_path / "shop.py").write_text(f"import os\nfrom celery import Celery\n{shop}")
    (tmp_path / "shop_tasks.py").write_text(TASKS)
    (tmp_path / "shop_settings.py").write_text(SETTINGS)
    (tmp_path / "late_settings.py").write_text("import os\nURL = os.environ.get('CELERY_BROKER_URL')\n")
    own: dict[str, Any] = {"app": "shop", "task": "shop.buy", "keeps_configuration": True, "folder": str(tmp_path)}
    own["import_path"] = [str(tmp_path)]
    server = servers.private("redis")
    with a_broker_of_its_own(variables, monkeypatch) as received:
        worker = subjects.worker(server, "redis", queue, "prefork", **own)
        producer = subjects.producer(server, "redis", queue, **own)
        sender = subjects.sender(server, "redis", queue, **own, lends=str(Path(tasks.__file__).parent))
        ceilings = [subjects.ceiling(server, "redis", f"{queue}-2", layer, **own) for layer in ("raw", "kombu")]
        for process in (worker, producer, sender, *ceilings):
            facts = process.receive(60)["facts"]
        assert facts["settings"]["worker_prefetch_multiplier"] == 7
        assert {*variables, "broker_url"} - {"SHOP_BROKER", *CELERYS[1:3]} <= set(facts["overridden"])
        assert producer.ask(30, do="preload", first=0, count=2)["done"] == [0, 1]
        assert sender.ask(30, do="send", first=2, count=1, task="shop.buy", args=[], options={})["done"] == [2]
        for ceiling in ceilings:
            assert len(ceiling.ask(30, do="enqueue", calls=2)["done"]) == 2
        assert eventually(lambda: subjects.finished() >= {0, 1, 2}), subjects.log("worker")
        assert received == []
    assert "which is stored" in subjects.log("worker")
    assert "AssertionError" not in subjects.log("worker")
