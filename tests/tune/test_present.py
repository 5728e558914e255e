"""What is there before a tuning, as it is found."""

import sys
from pathlib import Path

import pytest

from bench.processes.subject import label_subjects
from bench.records.workload import Workload
from bench.tune.naming import Naming
from bench.tune.present import Present, look_at_present
from brokers import split_subject
from brokers.workspace import Workspace

APP = """
from celery import Celery

app = Celery("shop", broker="sqs://")
{configured}


@app.task(acks_late=True, time_limit=30)
def buy(what):
    return what
"""


def looked(app: str, name: str, tmp_path: Path, workspace: Workspace) -> Present:
    (tmp_path / "shop.py").write_text(APP.format(configured=app), encoding="utf-8")
    (subject,) = label_subjects([split_subject(name)])
    workload = Workload(name="own", app="shop:app", app_dir=str(tmp_path), task="shop.buy", args=["bread"])
    return look_at_present(subject, workload, workspace)


@pytest.fixture(params=["new", "prefixed", "old"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_an_apps_own_settings_are_the_present_ones(form: str, tmp_path: Path, workspace: Workspace) -> None:
    options = '{"polling_interval": 0.5, "region": "eu-west-1"}'
    configured = {
        "new": "app.conf.update(worker_prefetch_multiplier=16, worker_concurrency=8)\n"
        f"app.conf.broker_transport_options = {options}",
        "prefixed": (
            "class Settings:\n"
            "    SHOP_WORKER_PREFETCH_MULTIPLIER = 16\n"
            "    SHOP_WORKER_CONCURRENCY = 8\n"
            f"    SHOP_BROKER_TRANSPORT_OPTIONS = {options}\n"
            'app.config_from_object(Settings, namespace="SHOP")'
        ),
        "old": "app.conf.update(CELERYD_PREFETCH_MULTIPLIER=16, CELERYD_CONCURRENCY=8)\n"
        f"app.conf.BROKER_TRANSPORT_OPTIONS = {options}",
    }[form]
    present = looked(configured, "sqs", tmp_path, workspace)
    assert present.value_of("worker_prefetch_multiplier") == 16
    assert present.value_of("broker_transport_options.polling_interval") == 0.5
    assert present.value_of("broker_transport_options.wait_time_seconds") == 10
    assert "region" not in present.settings["broker_transport_options"], "it leads elsewhere"
    assert present.value_of("task_acks_late") is True
    assert present.of_task == {"task_acks_late"}
    assert present.own_worker == {"worker_concurrency": 8, "worker_pool": "prefork"}
    assert present.value_of("concurrency") == 1
    assert [limit.kind for limit in present.limits] == ["time_limit", "concurrency"]
    names = {"new": Naming(), "prefixed": Naming(prefix="SHOP_"), "old": Naming(old=True)}
    assert present.naming == names[form]


def test_the_projects_own_tasks_have_celerys_defaults(workspace: Workspace) -> None:
    (subject,) = label_subjects([split_subject("redis:durable")])
    present = look_at_present(subject, Workload(name="noop", settings={"task_compression": "zlib"}), workspace)
    assert present.versions["celery"] == "5.7.0" or sys.executable != subject.interpreter
    assert present.value_of("worker_prefetch_multiplier") == 4
    assert present.value_of("task_compression") == "zlib"
    assert present.value_of("task_acks_late") is True
    assert present.value_of("server.appendonly") == "yes"
    assert present.value_of("server.appendfsync") == "always"
    assert present.value_of("hiredis") is ("hiredis" in present.versions)
