"""A user's app is tried before anything starts: its own mistakes are found, and nothing is connected to."""

import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from listeners import listening

from bench.processes.errors import WrongApp
from bench.processes.subject import Subject, label_subjects
from bench.processes.trial import try_app
from bench.records.workload import Workload
from brokers import split_subject
from brokers.workspace import Workspace

_APP = """
from celery import Celery

app = Celery("shop", broker="redis://{host}:{port}/0", backend="redis://{host}:{port}/1")


@app.task
def add(x, y):
    return x + y
"""


def made_app(folder: Path, text: str = _APP.format(host="127.0.0.1", port=1)) -> Path:
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "__init__.py").touch()
    (folder / "shop" / "tasks.py").write_text(text)
    return folder


def sides(*app_dirs: Path) -> list[Subject]:
    made = label_subjects([split_subject("redis")] * len(app_dirs))
    return [
        replace(one, label=label, app_dir=str(path)) for one, label, path in zip(made, "AB", app_dirs, strict=False)
    ]


def workload(app: str = "shop.tasks:app", task: str = "shop.tasks.add") -> Workload:
    return Workload(name="mine", app=app, app_dir=".", task=task, args=[1, 2])


def test_an_app_that_can_be_measured_is_imported_and_connected_to_nothing(tmp_path: Path, workspace: Workspace) -> None:
    calls: list[socket.socket] = []
    with listening(calls.append) as (host, port):
        try_app(sides(made_app(tmp_path, _APP.format(host=host, port=port))), workload(), workspace)
    assert calls == []


@pytest.mark.parametrize(
    ("app", "task", "words", "remedy"),
    [
        ("shop.tasks:app", "shop.tasks.ad", "no task 'shop.tasks.ad'", "did you mean shop.tasks.add?"),
        ("shop.task:app", "shop.tasks.add", "No module named 'shop.task'", "as 'celery -A' does"),
        ("shop.tasks:ap", "shop.tasks.add", "'ap'", "--app shop.tasks:app"),
    ],
    ids=["task", "module", "attribute"],
)
def test_a_wrong_name_is_one_line_with_a_remedy_and_the_exit_code_of_wrong_use(
    app: str, task: str, words: str, remedy: str, tmp_path: Path, workspace: Workspace
) -> None:
    with pytest.raises(WrongApp) as raised:
        try_app(sides(*[made_app(tmp_path)] * 2), workload(app, task), workspace)
    text = raised.value.format_message()
    assert words in text
    assert remedy in text
    assert text.splitlines() == [text]
    assert (raised.value.exit_code, raised.value.labels) == (2, ["A", "B"])
    assert not text.startswith("A")  # it is so on both


def test_what_only_one_side_lacks_is_named_with_the_side(tmp_path: Path, workspace: Workspace) -> None:
    old, new = made_app(tmp_path / "old"), made_app(tmp_path / "new", _APP.format(host="x", port=1) + "\n\nadd2 = 1\n")
    (old / "shop" / "tasks.py").write_text("raise RuntimeError('no such table')\n")
    with pytest.raises(WrongApp, match=r"\AA: .*no such table") as raised:
        try_app(sides(old, new), workload(), workspace)
    assert raised.value.labels == ["A"]


def test_an_interpreter_that_does_not_exist_is_wrong_use_too(tmp_path: Path, workspace: Workspace) -> None:
    (side,) = sides(made_app(tmp_path))
    with pytest.raises(WrongApp, match="cannot start"):
        try_app([replace(side, interpreter=str(tmp_path / "python"))], workload(), workspace)


def test_an_interpreter_without_celery_is_what_is_wrong(tmp_path: Path, workspace: Workspace) -> None:
    bare = tmp_path / "bare-python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    subjects = [replace(one, interpreter=str(bare)) for one in sides(made_app(tmp_path / "app"))]
    with pytest.raises(WrongApp, match=f"install Celery for {bare}, or name the app's interpreter with --python"):
        try_app(subjects, workload(), workspace)


_SIGNED = """
from functools import wraps
from celery import Celery, Task

app = Celery("shop")


def with_session(function):
    @wraps(function)
    def given(*args):
        return function("session", *args)

    return given


class OfTenant(Task):
    def apply_async(self, args=None, kwargs=None, **options):
        return super().apply_async(args, {**(kwargs or {}), "tenant": "us"}, **options)


class Adds(Task):
    name = "by-class"

    def run(self, x, y):
        pass


app.register_task(Adds())


@app.task(name="plain")
def plain(x, y):
    pass


@app.task(name="bound", bind=True, autoretry_for=(OSError,))
def bound(self, x, *, y=1):
    pass


@app.task(name="unchecked", typing=False)
def unchecked(x, y):
    pass


@app.task(name="decorated", typing=False)
@with_session
def decorated(session, x, y):
    pass


@app.task(name="of-tenant", base=OfTenant)
def of_tenant(x, y, tenant):
    pass
"""


@pytest.mark.parametrize(
    ("task", "args", "reason"),
    [
        ("plain", [1], "missing 1 required positional argument: 'y'"),
        ("plain", [1, 2, 3], "takes 2 positional arguments but 3 were given"),
        ("bound", [1, 2], "takes 2 positional arguments but 3 were given"),
        ("unchecked", [1], "missing a required argument: 'y'"),
        ("by-class", [1], "missing a required argument: 'y'"),
        ("plain", [1, 2], ""),
        ("bound", [1], ""),
        ("unchecked", [1, 2], ""),
        ("by-class", [1, 2], ""),
        ("decorated", [1, 2], ""),
        ("of-tenant", [1, 2], ""),
    ],
)
def test_arguments_that_a_task_does_not_take_are_wrong_use(
    task: str, args: list[int], reason: str, tmp_path: Path, workspace: Workspace
) -> None:
    own = workload(task=task).model_copy(update={"args": args})
    if not reason:
        try_app(sides(made_app(tmp_path, _SIGNED)), own, workspace)
        return
    with pytest.raises(WrongApp, match=rf"\A{task} does not take these arguments \(.*{reason}\): change --args"):
        try_app(sides(made_app(tmp_path, _SIGNED)), own, workspace)


def test_a_task_whose_body_is_not_run_need_not_take_what_nobody_checks(tmp_path: Path, workspace: Workspace) -> None:
    own = workload(task="unchecked").model_copy(update={"dry": True})
    try_app(sides(made_app(tmp_path, _SIGNED)), own, workspace)
