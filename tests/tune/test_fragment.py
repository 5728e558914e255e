"""The lines that a user adds: Celery reads them as what was measured."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from celery import Celery
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.processes.subject import label_subjects
from bench.records.workload import Workload
from bench.subject.configuration import with_numbers
from bench.tune.fragment import fragment
from bench.tune.naming import Naming
from bench.tune.present import Present
from bench.tune.variant import candidate_subject
from brokers import split_subject

Presents = Callable[..., Present]
USERS = Workload(name="own", app="shop:app", app_dir="/nowhere", task="shop.buy")
SETTINGS: dict[str, Any] = {
    "broker_transport_options.polling_interval": 0.1,
    "broker_transport_options.body_encoding": None,
    "broker_transport_options.socket_settings.18": 60000,
    "worker_prefetch_multiplier": 16,
    "pool": "threads",
    "concurrency": 2,
    "task_serializer": "msgpack",
    "accept_content": ["json", "msgpack"],
}
READ: dict[str, Any] = {
    "broker_transport_options": {"polling_interval": 0.1, "body_encoding": None, "socket_settings": {18: 60000}},
    "worker_prefetch_multiplier": 16,
    "worker_pool": "threads",
    "worker_concurrency": 2,
    "task_serializer": "msgpack",
    "accept_content": ["json", "msgpack"],
}


def module_of(text: str) -> ModuleType:
    module = ModuleType("celeryconfig")
    exec(compile(text, "celeryconfig.py", "exec"), vars(module))
    return module


def test_celery_reads_the_lines_as_what_was_measured(presents: Presents) -> None:
    app = Celery("fragment", set_as_current=False)
    app.config_from_object(module_of(fragment(SETTINGS, {}, presents("sqs")).celery))
    assert {name: app.conf[name] for name in READ} == READ
    measured = candidate_subject(presents("sqs").subject, SETTINGS, "C1", presents("sqs").workload)
    assert measured.workload is not None
    worker = {"worker_pool": measured.workload.pool, "worker_concurrency": measured.workload.concurrency}
    assert with_numbers({**measured.settings, **worker}) == READ


@pytest.mark.parametrize(
    ("naming", "above"),
    [
        (
            Naming(),
            'broker_transport_options = {"region": "eu-west-1", "polling_interval": 1}\ntask_track_started = 1\n',
        ),
        (Naming(prefix="CELERY_"), 'CELERY_BROKER_TRANSPORT_OPTIONS = {"region": "eu-west-1"}\n'),
        (Naming(old=True), 'BROKER_TRANSPORT_OPTIONS = {"region": "eu-west-1"}\nCELERY_TRACK_STARTED = 1\n'),
    ],
)
def test_below_an_apps_own_lines_they_keep_its_other_options(presents: Presents, naming: Naming, above: str) -> None:
    present = presents("sqs", workload=USERS, naming=naming)
    app = Celery("fragment", set_as_current=False)
    module = module_of(above + fragment(SETTINGS, {}, present).celery)
    app.config_from_object(module, namespace=naming.prefix.rstrip("_") or None)
    own = {**READ, "broker_transport_options": {"region": "eu-west-1", **READ["broker_transport_options"]}}
    assert {name: app.conf[name] for name in READ} == own


def test_each_line_says_what_it_does_and_contributes_and_costs(presents: Presents) -> None:
    tuned = {"broker_transport_options.polling_interval": 0.1, "concurrency": 2, "task_acks_late": True}
    present = presents("sqs", of_task=frozenset({"task_acks_late"}))
    contributes = {"broker_transport_options.polling_interval": "it is 40x (38x to 44x) of the throughput"}
    text = fragment(tuned, contributes, present).celery
    comments = " ".join(line.strip().removeprefix("# ") for line in text.splitlines() if line.strip().startswith("#"))
    assert "polling_interval is how long a worker waits, in seconds, once it holds all tasks that" in comments
    assert "It is 40x (38x to 44x) of the throughput. It costs: an idle worker asks" in comments
    assert "--concurrency on the worker's command line overrides it" in comments
    assert "The task's own option overrides it: change it at the task" in comments
    assert max(map(len, text.splitlines())) <= 100


def test_the_servers_lines_are_apart(presents: Presents) -> None:
    lines = fragment({"server.appendfsync": "everysec"}, {}, presents("valkey:durable"))
    assert lines.celery == ""
    assert lines.server.splitlines()[-1] == "appendfsync everysec"
    assert lines.server_file == "valkey.conf"
    rabbitmq = fragment({"server.queue_index_embed_msgs_below": "65536"}, {}, presents("rabbitmq"))
    assert rabbitmq.server.splitlines()[-1] == "queue_index_embed_msgs_below = 65536"
    assert fragment({"concurrency": 2}, {}, presents("redis")).server_file == ""


def test_a_package_is_a_comment_that_says_how_to_install_it(presents: Presents) -> None:
    text = fragment({"hiredis": True}, {}, presents("redis")).celery
    assert text.splitlines()[-1] == "# pip install 'redis[hiredis]'"
    assert not [name for name in vars(module_of(text)) if not name.startswith("__")]


def test_no_secret_is_written(presents: Presents) -> None:
    secret = {"broker_transport_options.password": "hunter2", "security_key_password": "hunter2"}
    text = fragment(secret, {}, presents("redis")).celery
    assert "hunter2" not in text
    module_of(text)


@settings(max_examples=25)
@given(st.dictionaries(st.sampled_from(["a", "b.c", "b-d", "e.18"]), st.one_of(st.text(), st.floats(0, 9), st.none())))
def test_any_value_is_valid_python(options: dict[str, Any]) -> None:
    (subject,) = label_subjects([split_subject("redis")])
    present = Present(subject=subject, workload=USERS, versions={})
    module_of(
        fragment({f"broker_transport_options.{name}": value for name, value in options.items()}, {}, present).celery
    )
