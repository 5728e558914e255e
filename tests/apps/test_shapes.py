"""Apps of users keep their configuration, but for what would lead to a server or a queue of their own."""

from pathlib import Path
from typing import Any

import pytest
from shapes import SHAPES, Shape
from support import Servers, Subjects, eventually

import tasks


def own(shape: Shape, **more: Any) -> dict[str, Any]:
    return {
        "import_path": [str(shape.app_dir)],
        "app": shape.app,
        "task": shape.task,
        "args": shape.args,
        "keeps_configuration": True,
        **more,
    }


@pytest.mark.parametrize("name", ["clash", "configured", "routed", "old"])
def test_its_tasks_run_by_its_own_configuration_on_the_jobs_queue(
    name: str, servers: Servers, subjects: Subjects, queue: str
) -> None:
    shape, server = SHAPES[name], servers.private("redis")
    producer = subjects.producer(server, "redis", queue, **own(shape))
    worker = subjects.worker(server, "redis", queue, **own(shape))
    facts = producer.receive(30)["facts"]
    assert shape.overridden <= set(facts["overridden"])
    assert "task_serializer" not in facts["overridden"]
    kept = {"configured": ("task_serializer", "shop"), "routed": ("task_acks_late", True)}
    if name in kept:
        setting, value = kept[name]
        assert facts["settings"][setting] == value
    worker.receive(30)
    assert producer.ask(30, do="preload", first=0, count=5)["done"] == [0, 1, 2, 3, 4]
    assert eventually(lambda: subjects.finished() == set(range(5))), subjects.log("worker")
    assert "Traceback" not in subjects.log("worker")


def test_a_dry_task_does_nothing(servers: Servers, subjects: Subjects, queue: str) -> None:
    shape, server = SHAPES["configured"], servers.private("redis")
    wrong = own(shape, args=["bread", "no price"])  # its body fails with it
    producer = subjects.producer(server, "redis", queue, **wrong)
    worker = subjects.worker(server, "redis", queue, **wrong, dry=True)
    producer.receive(30)
    worker.receive(30)
    producer.ask(30, do="preload", first=0, count=3)
    assert eventually(lambda: subjects.finished() == set(range(3)))
    assert "Traceback" not in subjects.log("worker")


@pytest.mark.parametrize("name", ["clash", "configured", "routed", "old"])
def test_a_task_that_is_lent_to_it_runs_also_where_its_own_do_nothing(
    name: str, servers: Servers, subjects: Subjects, queue: str
) -> None:
    server, lends = servers.private("redis"), str(Path(tasks.__file__).parent)
    sender = subjects.sender(server, "redis", queue, **own(SHAPES[name], lends=lends))
    worker = subjects.worker(server, "redis", queue, **own(SHAPES[name], lends=lends, dry=True))
    sender.receive(30)
    worker.receive(30)
    sender.ask(30, do="send", first=0, count=1, task="brokerbench.flaky", args=[2, 0], options={})
    assert eventually(lambda: subjects.finishes() == [0] * 3), subjects.log("worker")  # it fails twice first


def test_a_task_that_the_app_does_not_have_is_named_with_those_that_it_has(
    servers: Servers, subjects: Subjects, queue: str
) -> None:
    from bench.processes.errors import SubjectFailed

    shape = SHAPES["routed"]
    producer = subjects.producer(servers.private("redis"), "redis", queue, **own(shape, task="orders.jobs.shop"))
    with pytest.raises(SubjectFailed, match=r"no task 'orders.jobs.shop'; it has orders.jobs.count, orders.jobs.ship"):
        producer.receive(30)
