"""The environments of releases: an app is tried in the newest release's before any other is built."""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench.ab.virtualenvs import Interpreter, Lock, Release
from bench.processes.errors import WrongApp
from bench.records.workload import Workload
from bench.releases import question as asking
from bench.releases.environments import Held
from bench.releases.question import Made, ReleasesQuestion, make_releases
from brokers.errors import UsageError
from brokers.registry import split_subject

RELEASES = ("5.5.0", "5.6.0", "5.7.0")
_APP = """
import os
from celery import Celery

if os.environ["MADE_UP_RELEASE"] in {broken}:
    raise RuntimeError("not with this release")
app = Celery("shop")


@app.task(name="add")
def add(x, y):
    pass
"""


class Built:
    """Environments that are this one under another name, and which of them were built."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.releases = folder, list[str]()

    def build(self, release: str) -> str:
        self.releases.append(release)
        python = self.folder / release
        python.write_text(f'#!/bin/sh\nexport MADE_UP_RELEASE={release}\nexec {sys.executable} "$@"\n')
        python.chmod(0o755)
        return str(python)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    made = Built(tmp_path)
    locks = {release: Lock(Interpreter(sys.executable), release) for release in RELEASES}
    monkeypatch.setattr(Lock, "build", lambda lock: made.build(lock.pins))
    monkeypatch.setattr(asking, "_held", lambda *_: Held(locks, {"5.4.0": "it has to be compiled"}))
    return made


def made(folder: Path, task: str = "add", args: Sequence[int] = (1, 2), broken: Sequence[str] = ()) -> Made:
    (folder / "shop.py").write_text(_APP.format(broken=list(broken)))
    own: Any = {"app": "shop:app", "app_dir": str(folder), "task": task, "args": list(args)}
    return make_releases(
        ReleasesQuestion(
            chosen=split_subject("redis"),
            package="kombu",
            releases=[Release(one, date(2025, 1, 1)) for one in ("5.4.0", *RELEASES)],
            interpreter=Interpreter(sys.executable),
            also="",
            workload=Workload(name="noop", **own),
            metric="throughput",
            margin=0.05,
            seed=1,
        )
    )


@pytest.mark.parametrize(("task", "args"), [("ad", (1, 2)), ("add", (1,))])
def test_a_wrong_task_is_found_before_a_second_environment_is_built(
    task: str, args: tuple[int, ...], built: Built, tmp_path: Path
) -> None:
    with pytest.raises(WrongApp, match=r"\Awith kombu 5\.7\.0: .*(no task 'ad'|does not take these arguments)"):
        made(tmp_path, task, args)
    assert built.releases == ["5.7.0"]


def test_a_release_with_which_an_app_does_not_start_is_left_out(built: Built, tmp_path: Path) -> None:
    found = made(tmp_path, broken=["5.5.0"])
    assert [subject.label for subject in found.subjects] == ["5.6.0", "5.7.0"]
    assert all((one.watched, one.origin.packages) == ("kombu", ("kombu",)) for one in found.subjects)
    assert found.refused["5.4.0"] == "cannot be installed: it has to be compiled"
    assert found.refused["5.5.0"].startswith("shop:app cannot be imported: RuntimeError: not with this release")
    assert set(found.held.locks) == {"5.6.0", "5.7.0"}


def test_one_release_alone_is_no_history(built: Built, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"fewer than two releases can be measured: .*5\.5\.0 shop:app cannot"):
        made(tmp_path, broken=["5.5.0", "5.6.0"])
