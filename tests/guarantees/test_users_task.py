"""A user's own task is tried before the cells run, and the settings that were overridden are reported."""

import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support import Servers

from bench.guarantees.faults import catalogue, chosen
from bench.guarantees.trying import override_warnings, try_task
from bench.processes.errors import SubjectFailed
from bench.processes.subject import Subject
from bench.records.workload import Workload
from brokers import split_subject
from brokers.errors import UsageError
from brokers.workspace import Workspace

SHOP = """
import os
import time
from celery import Celery, Task

app = Celery("shop", broker="redis://:elsewhere@127.0.0.1:1/0")
app.conf.task_default_queue = "orders"

@app.task
def buy(what):
    return what.upper()

@app.task
def wait(seconds):
    time.sleep(seconds)

class Once(Task):
    seen = set()

    def apply_async(self, args=None, *others, **options):
        if repr(args) not in self.seen:
            self.seen.add(repr(args))
            return super().apply_async(args, *others, **options)

class Never(Task):
    def __call__(self, *args, **options):
        pass

@app.task(base=Once)
def once(seconds):
    time.sleep(seconds)

@app.task(base=Never)
def never():
    pass

@app.task(time_limit=1)
def limited(seconds):
    time.sleep(seconds)

@app.task
def wait_at_first(path):
    if not os.path.exists(path):
        open(path, "w").close()
        time.sleep(0.7)
"""


@dataclass(frozen=True)
class CellContext:
    workspace: Workspace
    apps: str
    workload: Workload
    distances: None = None

    def result_settings(self) -> dict[str, Any]:
        raise AssertionError

    def beside(self, subject: Subject, requirements: tuple[str, ...]) -> Subject:
        raise AssertionError


@pytest.fixture
def tried(servers: Servers, workspace: Workspace, tmp_path: Path) -> Any:
    (tmp_path / "shop.py").write_text(SHOP)
    broker, profile = split_subject("redis")

    def try_some(task: str, *args: object, dry: bool = False, interpreter: str = sys.executable) -> dict[str, Any]:
        own = {"app": "shop:app", "app_dir": str(tmp_path), "task": f"shop.{task}", "args": list(args), "dry": dry}
        context = CellContext(workspace, str(tmp_path), Workload(name="guarantees", **own))
        subject = Subject(label="redis", broker=broker, profile=profile, interpreter=interpreter)
        return try_task(subject, servers.private("redis"), context, threading.Event())

    return try_some


def test_a_task_that_runs_is_accepted_and_overridden_settings_are_known(tried: Any) -> None:
    assert tried("buy", "bread")["overridden"] == ["broker_url", "task_default_queue"]


@pytest.mark.parametrize(
    ("task", "args", "words"),
    [
        ("buy", [3], "shop.buy raises AttributeError: 'int' object has no attribute 'upper': pass other --args, or "),
        ("buy", [], r"shop.buy cannot be sent \(TypeError: buy\(\) missing 1 .*\): pass its arguments with"),
        ("once", [0.7], "1 task was never sent: your shop.Once.apply_async dropped the call, when shop.once was tried"),
        ("never", [], "your shop.Never.__call__ did not let shop.never run: pass other --args, or name another --task"),
        ("limited", [9], "your time_limit of 1 s ended 1 task, when shop.limited was tried: raise the limit"),
        ("wait", [0.7], "shop.wait takes 0.7 s, but may take at most 0.5 s: replace its body with --dry"),
    ],
)
def test_an_unsuitable_task_is_refused_with_a_remedy(tried: Any, task: str, args: list[object], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        tried(task, *args)
    assert "\n" not in caught.value.format_message()


@pytest.mark.parametrize(("task", "args"), [("buy", [3]), ("wait", [60])])
def test_a_body_that_is_replaced_neither_raises_nor_takes_long(tried: Any, task: str, args: list[object]) -> None:
    tried(task, *args, dry=True)


def test_a_task_whose_first_run_alone_takes_long_is_accepted(tried: Any, tmp_path: Path) -> None:
    tried("wait_at_first", str(tmp_path / "warm"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"task": "sell"}, "no task 'shop.sell'; it has shop.buy"), ({"interpreter": "/none"}, "cannot start /none")],
)
def test_an_app_that_does_not_come_up_is_its_subjects_failure(tried: Any, changes: dict[str, str], words: str) -> None:
    with pytest.raises(SubjectFailed, match=words):
        tried(**{"task": "buy", **changes})


def test_what_was_overridden_on_all_subjects_is_reported_once() -> None:
    assert override_warnings(
        {"redis": ["task_routes", "broker_url"], "redis:durable": ["broker_url", "task_acks_late"]}
    ) == [
        "the measurement overrode the app's broker_url",
        "redis: the measurement overrode the app's task_routes",
        "redis:durable: the measurement overrode the app's task_acks_late",
    ]
    assert override_warnings({"redis": []}) == override_warnings({}) == []


def test_a_fault_of_an_app_runs_with_one_or_by_its_name() -> None:
    asked = {fault.name for fault in catalogue().values() if fault.of_app}
    assert asked == {"worker-killed-as-set", "child-killed-as-set"}
    assert not asked & {fault.name for fault in chosen((), quick=False)}
    assert asked <= {fault.name for fault in chosen((), quick=False, of_app=True)}
    assert [fault.name for fault in chosen(("worker-killed-as-set",), quick=False)] == ["worker-killed-as-set"]
