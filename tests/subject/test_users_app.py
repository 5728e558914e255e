"""A user's own app, however it was configured, meets no server and no queue but those of the job."""

import json
from pathlib import Path

import pytest
from support import Servers, Subjects, eventually

ELSEWHERE = "redis://:s3cr3t@127.0.0.1:1/0"
TASKS = """
from shop import app

@app.task(name="shop.buy", queue="orders", routing_key="orders")
def buy():
    pass
"""
APPS = {
    "constructor": f'app = Celery("shop", broker="{ELSEWHERE}", backend="{ELSEWHERE}", include=["shop_tasks"])',
    "update": f"""
app = Celery("shop", include=["shop_tasks"])
app.conf.update(
    broker_url="{ELSEWHERE}", broker_write_url="{ELSEWHERE}", broker_read_url="{ELSEWHERE}",
    result_backend="{ELSEWHERE}", task_default_queue="orders",
    task_default_exchange="orders", task_default_routing_key="orders",
    task_routes={{"shop.*": {{"queue": "orders"}}}},
)""",
    "late": f"""
app = Celery("shop", include=["shop_tasks"])
assert app.conf.task_default_queue == "celery"
app.conf.broker_url = app.conf.broker_write_url = "{ELSEWHERE}"
app.conf.task_default_queue = "orders"
""",
    "namespace": f"""
class settings:
    CELERY_BROKER_URL = CELERY_RESULT_BACKEND = "{ELSEWHERE}"
    CELERY_TASK_DEFAULT_QUEUE = "orders"
    CELERY_TASK_ROUTES = {{"shop.*": {{"queue": "orders"}}}}

app = Celery("shop", include=["shop_tasks"])
app.config_from_object(settings, namespace="CELERY")
assert app.conf.task_default_queue == "orders"
""",
    "old names": f"""
app = Celery("shop", include=["shop_tasks"])
app.conf.update(BROKER_URL="{ELSEWHERE}", CELERY_DEFAULT_QUEUE="orders", CELERY_ROUTES={{"shop.*": "orders"}})
""",
}


@pytest.mark.parametrize("kind", APPS)
def test_its_tasks_go_to_the_jobs_queue_alone(
    kind: str, servers: Servers, subjects: Subjects, queue: str, tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(f"from celery import Celery\n{APPS[kind]}")
    (tmp_path / "shop_tasks.py").write_text(TASKS)
    own = {"import_path": [str(tmp_path)], "app": "shop:app", "task": "shop.buy"}
    server = servers.private("redis")
    producer = subjects.producer(server, "redis", queue, **own)
    worker = subjects.worker(server, "redis", queue, **own)
    ready = [producer.receive(30), worker.receive(30)]
    assert producer.ask(30, do="preload", first=0, count=5)["done"] == [0, 1, 2, 3, 4]
    assert eventually(lambda: subjects.finished() == set(range(5)))
    assert "s3cr3t" not in json.dumps(ready) + subjects.log("worker") + subjects.log("producer")


def test_a_secret_in_the_jobs_own_settings_is_not_told(servers: Servers, subjects: Subjects, queue: str) -> None:
    settings = {
        "result_backend": ELSEWHERE,
        "broker_transport_options": {"password": "s3cr3t", "sentinel_kwargs": {"password": "s3cr3t"}},
    }
    producer = subjects.producer(servers.private("redis"), "redis", queue, settings=settings)
    facts = producer.receive(30)["facts"]
    assert "s3cr3t" not in json.dumps(facts)
    assert facts["settings"]["result_backend"] == "redis://***@127.0.0.1:1/0"
