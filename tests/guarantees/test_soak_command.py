"""The option --soak: what it accepts, how it ends, and what it keeps. What is measured is made up."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from soaks import EVERY_SOAK

from bench.commands import soaking
from bench.commands.guarantees import guarantees
from bench.guarantees.soak.length import SoakLength, soak_length
from bench.records.soak import Soak, read_soak

Run = Callable[..., Result]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": "steady"}

    def measured(subjects: Any, length: SoakLength, workload: Any, keep: Callable[[Soak], None], told: Any) -> Soak:
        made.update(labels=[one.label for one in subjects], length=length)
        told("booting redis")
        found = EVERY_SOAK[made["kind"]]()
        keep(found)
        return found

    monkeypatch.setattr(soaking, "soak", measured)
    monkeypatch.chdir(tmp_path)
    for name in ("REDIS_URL", "RABBITMQ_URL", "SQS_URL"):
        monkeypatch.delenv(name, raising=False)
    return made


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(guarantees, [*arguments], standalone_mode=False)


@pytest.mark.parametrize(
    ("text", "seconds", "tasks"),
    [
        ("90s", 90, None),
        ("10m", 600, None),
        ("1.5 min", 90, None),
        ("8h", 28_800, None),
        ("60", 60, None),
        ("50000tasks", None, 50_000),
        ("3000 tasks", None, 3000),
    ],
)
def test_a_length_is_a_time_or_a_number_of_tasks(text: str, seconds: float | None, tasks: int | None) -> None:
    assert soak_length(text) == SoakLength(seconds=seconds, tasks=tasks)


@pytest.mark.parametrize(
    "text", ["", "10x", "-5m", "ten", "50ktasks", "1.5tasks", "nan", "1s", "99h9", "8d", "10tasks"]
)
def test_a_wrong_length_is_one_line_with_what_to_use(text: str, made: dict[str, Any]) -> None:
    error = _run("redis", "--soak", text).exception
    assert error is not None
    message = getattr(error, "format_message", lambda: "")()
    assert "use a time (90s, 10m, 8h) or a number of tasks (50000tasks)" in message
    assert "\n" not in message
    assert "labels" not in made


@pytest.mark.parametrize(
    "more",
    [
        ["--only", "worker-killed-late"],
        ["--quick"],
        ["--repeats", "2"],
        ["--resume", "x"],
        ["--list"],
        ["--explain", "worker-killed-late"],
        ["--expect", "x.toml"],
        ["--write-expectations", "x.toml"],
    ],
)
def test_options_about_faults_are_refused(more: list[str], made: dict[str, Any]) -> None:
    error = _run("redis", "--soak", "60s", *more).exception
    assert getattr(error, "format_message", lambda: "")() == f"--soak runs no faults: remove {more[0]}, or --soak"
    assert os.listdir() == []


def test_json_of_a_list_of_faults_is_refused(made: dict[str, Any]) -> None:
    error = _run("--list", "--json").exception
    assert "remove --json" in getattr(error, "format_message", lambda: "")()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("steady", 0),
        ("leaking", 1),
        ("broken", 1),
        ("stopped", 1),
        ("short", 3),
        ("not run", 3),
        ("interrupted", 130),
    ],
)
def test_the_exit_code_is_that_of_the_worst_outcome(kind: str, code: int, made: dict[str, Any]) -> None:
    made["kind"] = kind
    assert _run("redis", "--soak", "60s", "--out", "out").return_value == code
    assert read_soak(Path("out")).runs
    assert sorted(os.listdir("out")) == ["soak.html", "soak.json", "soak.md"]


def test_without_a_subject_the_default_ones_are_soaked(made: dict[str, Any]) -> None:
    _run("--soak", "5000tasks")
    assert made["labels"] == ["redis", "redis:durable", "rabbitmq", "rabbitmq:durable", "sqs", "sqs:durable"]
    assert made["length"] == SoakLength(tasks=5000)
    (folder,) = os.listdir("results")
    assert folder.startswith("soak-")


def test_json_is_the_record_and_everything_else_goes_to_standard_error(made: dict[str, Any]) -> None:
    result = _run("redis", "--soak", "60s", "--json")
    assert Soak.model_validate(json.loads(result.stdout)) == EVERY_SOAK["steady"]()
    assert "booting redis" in result.stderr


def test_a_folder_that_holds_a_soak_is_refused(made: dict[str, Any]) -> None:
    _run("redis", "--soak", "60s", "--out", "out")
    error = _run("redis", "--soak", "60s", "--out", "out").exception
    assert "use another folder with --out" in getattr(error, "format_message", lambda: "")()
