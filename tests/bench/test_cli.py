"""Wrong use: one line that names the remedy, never a traceback, and nothing is made."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest
from commands import brokerbench
from forked import Forks

from bench.cli import cli
from bench.commands.app import AppOptions
from bench.records.workload import catalogue

WRONG = {
    "unknown broker": (["compare", "kafak"], "No broker named 'kafak'; installed: memory,"),
    "unknown profile": (["compare", "redis:durabel"], "redis has no profile named 'durabel'; did you mean 'durable'?"),
    "unknown workload": (["compare", "--workload", "nop"], "no workload 'nop': use a TOML file or one of"),
    "unreadable workload": (
        ["compare", "--workload", "."],
        "cannot read the workload . (Is a directory): use a TOML file",
    ),
    "misspelt key": (["compare", "--workload", "wrong.toml"], "did you mean 'payload_bytes'?"),
    "unsupported pool": (["compare", "--pool", "gevent"], "'gevent' is not one of"),
    "no time": (["compare", "--budget", "12h"], "'12h' is not a time"),
    "two budgets": (["compare", "--quick", "--full"], "--quick, --full and --budget exclude each other: use one"),
    "no margin": (["compare", "--margin", "2"], "'2' is not a margin: use a percentage between 0 % and 100 %"),
    "self-check of nothing": (["selfcheck", "kafak"], "No broker named 'kafak'"),
    "self-check into a file that is there": (["selfcheck", "--out", "wrong.toml"], "exists: use another file"),
    "existing output": (["compare", "redis", "--out", "full"], "exists: use another folder with --out, or remove it"),
    "rate of none": (["compare", "--rate", "0"], "0.0 is not in the range 0.1<=x<=1000000"),
    "rate that is not a number": (["compare", "--rate", "nan"], "nan is not a rate; use a number"),
    "rate in words": (["compare", "--rate", "fast"], "'fast' is not a valid float"),
    "rate without latency": (
        ["compare", "--metric", "enqueue", "--rate", "50"],
        "--rate needs the metric latency: add --metric latency",
    ),
    "limit without a unit": (["compare", "--p99-limit", "100"], "'100' is not a duration; use for example 100ms or 2s"),
    "limit of nothing": (["compare", "--p99-limit", "0ms"], "'0ms' is not a duration"),
    "ceilings of what has none": (
        ["compare", "--metric", "latency", "--ceilings"],
        "--ceilings needs the metric enqueue or throughput",
    ),
    "self-check that is not there": (
        ["compare", "--selfcheck", "none.json"],
        "cannot read none.json as a self-check (No such file or directory): use the file that",
    ),
    "self-check that is a folder": (["compare", "--selfcheck", "full"], "cannot read full as a self-check (Is a dir"),
    "self-check that is no JSON": (["compare", "--selfcheck", "wrong.toml"], "use the file that 'brokerbench self"),
    "self-check that is none": (
        ["compare", "--selfcheck", "full/result.json"],
        "full/result.json: started_at: this key",
    ),
    "self-check of another kind": (["compare", "--selfcheck", "list.json"], "list.json: use a table"),
    "option that the sweep varies": (
        ["compare", "--workload", "sweep-pool", "--pool", "solo"],
        "the workload 'sweep-pool' varies pool: remove --pool",
    ),
    "misspelt sweep": (["compare", "--workload", "sweep.toml"], "cannot sweep 'concurency': did you mean 'con"),
    "unknown metric": (["compare", "--metric", "speed"], "'speed' is not one of 'enqueue', 'throughput', 'latency'"),
    "misspelt command": (["comprae"], "Did you mean 'compare'?"),
    "misspelt option": (["compare", "--quik"], "Did you mean '--quick'?"),
    "unknown fault": (["guarantees", "--only", "worker-kiled-late"], "did you mean 'worker-killed-late'?"),
    "explaining what is no fault": (
        ["guarantees", "--explain", "flood"],
        "no fault named 'flood': the faults are child-killed",
    ),
    "going on with nothing": (["guarantees", "--resume", "full"], "cannot read full/guarantees.json as a matrix"),
    "expectations that are none": (["guarantees", "--expect", "wrong.toml"], "wrong.toml: unknown key 'name'"),
    "up without a server": (["up", "memory"], "memory has no server to start"),
    "up twice": (["up", "redis", "redis"], "redis is named twice"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "result.json").write_text("{}")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "sweep.toml").write_text('name = "x"\n[sweep]\nconcurency = [1, 2]\n')
    (tmp_path / "wrong.toml").write_text('name = "x"\npayloadbytes = 3\n')
    return tmp_path


@pytest.mark.parametrize(("arguments", "line"), WRONG.values(), ids=WRONG)
def test_wrong_use_gets_one_line_with_the_remedy(folder: Path, forked: Forks, arguments: list[str], line: str) -> None:
    (folder / "tmp").mkdir()
    files = sorted(folder.rglob("*"))
    run = forked(*arguments, cwd=folder)
    assert run.returncode == 2
    assert line in run.stderr
    assert "Traceback" not in run.stderr
    assert len(run.stderr.strip().splitlines()) <= 4  # click puts its usage before the line
    assert sorted(folder.rglob("*")) == files


def test_a_variable_that_overrides_the_broker_is_refused(folder: Path, forked: Forks) -> None:
    run = forked("compare", "redis", cwd=folder, CELERY_BROKER_URL="redis://:secret@elsewhere/0")
    assert run.returncode == 2
    assert "CELERY_BROKER_URL is set and would silently override the broker" in run.stderr
    assert "secret" not in run.stderr


def test_up_does_not_shadow_a_server_of_the_users(folder: Path, forked: Forks) -> None:
    run = forked("up", "redis", cwd=folder, REDIS_URL="redis://localhost/0")
    assert run.returncode == 2
    assert "unset REDIS_URL" in run.stderr


def test_help_names_every_command(folder: Path, forked: Forks) -> None:
    text = forked("--help", cwd=folder).stdout
    assert all(command in text for command in ("compare", "doctor", "guarantees", "selfcheck", "up", "workloads"))


def test_every_listed_command_is_one_with_the_same_purpose() -> None:
    context = click.Context(cli)
    assert len(cli.list_commands(context)) == 15
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.get_short_help_str()


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_wait_for_no_library(option: str) -> None:
    program = f"""
import sys
from bench.start import main
sys.argv = ["brokerbench", "{option}"]
try:
    main()
except SystemExit as ended:
    slow = {{"numpy", "scipy", "celery", "pydantic", "rich", "brokers"}} & set(sys.modules)
    sys.exit(str(slow) if slow or ended.code else 0)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_help_names_what_a_comparison_can_be_told(folder: Path, forked: Forks) -> None:
    text = forked("compare", "--help", cwd=folder).stdout
    options = ("--metric", "--rate", "--p99-limit", "--ceilings / --no-ceilings", "--selfcheck", "--margin", "--budget")
    assert all(option in text for option in options)


def test_the_workloads_are_listed_with_what_they_are(folder: Path, forked: Forks) -> None:
    lines = forked("workloads", cwd=folder).stdout.splitlines()
    assert any(line.startswith("noop ") for line in lines)
    assert any(line.startswith("sweep-concurrency ") for line in lines)
    assert all(line.endswith((".", "?")) and len(line.split()) > 2 for line in lines)
    assert len({line.index(catalogue()[line.split()[0]].summary) for line in lines}) == 1  # one column


_LEFT_OUT: dict[str, Any] = {"kwargs": None, "include": (), "app_dir": None, "python": None, "traceback": False}


@pytest.mark.parametrize("dry", [False, True])
def test_whoever_measures_an_app_is_warned_that_its_task_really_runs(
    dry: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    own = AppOptions(app="proj.celery:app", task="proj.tasks.add", args="[2, 2]", dry=dry, **_LEFT_OUT)
    own.over(catalogue()["noop"])
    warning = "! proj.tasks.add really runs, thousands of times, with its side effects: see --dry\n"
    assert capsys.readouterr().err == ("" if dry else warning)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_refused(folder: Path, forked: Forks) -> None:
    folder.chmod(0o500)
    run = forked("compare", "redis", "--out", "deep/er", cwd=folder)
    assert run.returncode == 2
    assert "cannot write to" in run.stderr


def test_money_is_not_spent_without_a_yes(folder: Path, servers: "object") -> None:
    from support import Servers

    assert isinstance(servers, Servers)
    endpoint = urlsplit(servers.private("sqs").url)
    hush = str(endpoint.password)
    aws = {
        "SQS_URL": "aws",
        "AWS_ENDPOINT_URL_SQS": f"http://{endpoint.hostname}:{endpoint.port}",
        "AWS_ACCESS_KEY_ID": str(endpoint.username),
        "AWS_SECRET_ACCESS_KEY": hush,
    }
    asked = ("compare", "sqs", "--metric", "enqueue", "--budget", "14s", "--out", "aws")
    run = brokerbench(*asked, cwd=folder, **aws)
    assert run.returncode == 2
    assert "requests, $" in run.stderr
    assert "use --yes" in run.stderr
    assert not (folder / "aws" / "result.json").exists()
    run = brokerbench(*asked, "--yes", cwd=folder, **aws)
    assert run.returncode == 0, run.stdout + run.stderr
    assert hush not in run.stdout + run.stderr + (folder / "aws" / "result.json").read_text()
