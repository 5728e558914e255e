"""A user's app runs on real servers: what its task says of acknowledgement decides what is lost."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.records.matrix import Cell, read_matrix
from bench.records.workload import Workload

_TESTS = Path(__file__).parents[2]
sys.path[:0] = [str(_TESTS / "apps"), str(_TESTS)]

from commands import brokerbench, leftovers  # noqa: E402 - of another folder of tests
from shapes import SHAPES  # noqa: E402

Play = Callable[..., Cell]
MAIL = """
from celery import Celery

app = Celery("mail", broker="redis://:elsewhere@127.0.0.1:1/0")

@app.task
def early():
    pass

@app.task(acks_late=True)
def late():
    pass

@app.task(acks_late=True, reject_on_worker_lost=True)
def rejected():
    pass
"""
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("task", "fault", "outcome", "lost"),
    [
        ("early", "worker-killed-as-set", "allowed", [0]),
        ("late", "worker-killed-as-set", "kept", []),
        ("early", "worker-killed-late", "kept", []),
        ("late", "worker-killed-early", "shown", [0]),
        ("late", "child-killed-as-set", "allowed", [0]),
        ("rejected", "child-killed-as-set", "kept", []),
        ("rejected", "child-killed-late-only", "shown", [0]),
    ],
)
def test_the_tasks_own_options_decide_but_where_the_fault_does(
    play: Play, tmp_path: Path, task: str, fault: str, outcome: str, lost: list[int]
) -> None:
    (tmp_path / "mail.py").write_text(MAIL)
    workload = Workload(name="guarantees", app="mail:app", app_dir=str(tmp_path), task=f"mail.{task}")
    cell = play(fault, "redis", workload=workload)
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost) == (outcome, lost)


def test_a_durable_profile_goes_before_the_tasks_own_options(play: Play, tmp_path: Path) -> None:
    (tmp_path / "mail.py").write_text(MAIL.replace("@app.task\n", "@app.task(acks_late=False)\n"))
    workload = Workload(name="guarantees", app="mail:app", app_dir=str(tmp_path), task="mail.early")
    assert play("worker-killed-as-set", "redis:durable", workload=workload).outcome == "kept"


@pytest.mark.parametrize("name", ["clash", "routed"])
def test_a_matrix_is_played_with_an_app_of_a_users(name: str, tmp_path: Path) -> None:
    shape = SHAPES[name]
    faults = ("--only", "order", "--only", "worker-killed-as-set", "--only", "retries", "--repeats", "1")
    run = brokerbench("guarantees", "redis", *faults, *shape.options, "--out", "out", cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    matrix = read_matrix(tmp_path / "out")
    outcomes = {cell.fault: cell.outcome for cell in matrix.cells}
    late = name == "routed"  # its settings say so
    assert outcomes == {"order": "shown", "worker-killed-as-set": "kept" if late else "allowed", "retries": "kept"}
    assert matrix.users_task is not None
    assert (matrix.users_task.task, matrix.users_task.args) == (shape.task, shape.args)
    (said,) = (warning for warning in matrix.warnings if "overrode" in warning)
    assert all(setting in said for setting in shape.overridden)
    assert f"! {shape.task} really runs, hundreds of times" in run.stderr
    assert "elsewhere@" not in run.stdout + (tmp_path / "out" / "guarantees.json").read_text()
    assert not leftovers(tmp_path)


def test_a_task_that_fails_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    shape = SHAPES["configured"]
    args = json.dumps(["bread", "no price"])
    options = [*shape.options, "--args", args, "--only", "order", "--out", "out"]
    run = brokerbench("guarantees", "redis", "redis:durable", *options, cwd=tmp_path)
    assert run.returncode == 2, run.stdout + run.stderr
    assert "shop.buy raises TypeError" in run.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()
    assert not leftovers(tmp_path)
