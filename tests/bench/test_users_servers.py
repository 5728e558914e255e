"""Which of the user's servers a command measures: said first, and asked where it may be the app's own."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from forked import Forks
from sides import made_side
from support import URL_VARIABLES

from bench.cli import cli
from bench.commands import breaking
from bench.compare import run as comparing
from bench.records.workload import Workload
from brokers.errors import UsageError

APP = ("--app", "proj:app", "--task", "add", "--dry")
BISECT = ("bisect", "redis", "--package", "kombu", "--good", "5.5.0", "--bad", "5.6.0")
WITH_AN_APP = {
    "ab": ("ab", "redis", *APP),
    "bisect": (*BISECT, *APP),
    "compare": ("compare", "redis", *APP),
    "gate": ("gate", "base"),
    "guarantees": ("guarantees", "redis", *APP),
}
URL = "redis://user:hunter2@127.0.0.1:1/0"
PLACE = "redis://127.0.0.1:1/0"


class Reached(Exception):
    """The command got as far as measuring."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(*_: Any, **__: Any) -> None:
        raise Reached(os.environ.get("REDIS_URL"))

    monkeypatch.chdir(tmp_path)
    for name in (*URL_VARIABLES, "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REDIS_URL", URL)
    monkeypatch.setattr(comparing, "compare", reached)
    monkeypatch.setattr(breaking, "measure", reached)
    monkeypatch.setattr("bench.commands.bisect.releases_between", reached)
    workload = Workload(name="own", app="proj:app", app_dir=str(tmp_path), task="add")
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "result.json").write_text(made_side(workload=workload).model_dump_json())


def run(*arguments: str) -> str:
    """Run a command up to the measuring, and return the URL that it measures."""
    with pytest.raises(Reached) as reached:
        cli([*arguments], standalone_mode=False)
    return str(reached.value)


def refused(*arguments: str) -> str:
    with pytest.raises(UsageError) as told:
        cli([*arguments], standalone_mode=False)
    (line,) = told.value.format_message().splitlines()
    return line


@pytest.mark.parametrize("command", WITH_AN_APP)
def test_an_app_is_not_measured_on_a_server_that_only_the_environment_names(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refused(*WITH_AN_APP[command])
    assert f"redis at {PLACE}, which REDIS_URL names, may be your app's own server" in line
    assert "run 'unset REDIS_URL' for a private one" in line
    assert "hunter2" not in line + str(capsys.readouterr())


@pytest.mark.parametrize("answer", ["--yes", "--server=REDIS_URL", f"--server={URL}", f"--server=redis={URL}"])
@pytest.mark.parametrize("command", WITH_AN_APP)
def test_a_server_that_is_named_or_confirmed_is_said_first(
    command: str, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*WITH_AN_APP[command], answer) == URL
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"redis: your server at {PLACE} is measured; for a private one, ")
    assert first.endswith("unset REDIS_URL")


@pytest.mark.parametrize("arguments", [("compare", "redis"), ("ab", "redis"), ("selfcheck", "redis"), ("guarantees",)])
def test_without_an_app_the_server_is_said_and_not_asked_about(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    run(*arguments)
    assert capsys.readouterr().out.splitlines()[0].startswith(f"redis: your server at {PLACE} is measured")


def test_a_named_server_is_used_instead_of_a_private_one_and_only_by_this_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("REDIS_URL")
    assert run(*WITH_AN_APP["compare"], "--server", URL) == URL
    assert capsys.readouterr().out.splitlines()[0].endswith("for a private one, leave out --server")
    assert "REDIS_URL" not in os.environ


def test_nothing_is_said_about_a_private_server(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("REDIS_URL")
    run(*WITH_AN_APP["compare"])
    assert "your server" not in capsys.readouterr().out


def test_sides_that_start_a_program_measure_no_server_of_the_users(capsys: pytest.CaptureFixture[str]) -> None:
    program = f"server={sys.executable}"
    run("ab", "redis", "--a", program, "--b", program, *APP)
    assert "your server" not in capsys.readouterr().out


def test_the_variable_of_a_broker_that_has_several_is_the_one_that_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    run("compare", "sqs")
    assert "for a private one, unset AWS_ENDPOINT_URL" in capsys.readouterr().out.splitlines()[0]


def test_any_variable_may_have_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGING_REDIS", URL)
    assert run(*WITH_AN_APP["compare"], "--server", "STAGING_REDIS") == URL


def test_a_word_of_the_broker_is_not_taken_for_a_variable(capsys: pytest.CaptureFixture[str]) -> None:
    run("compare", "sqs", "--server", "aws")
    assert capsys.readouterr().out.startswith("sqs: your server at AWS is measured")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("compare", "redis", "rabbitmq", "--server", URL), "use redis=URL or rabbitmq=URL"),
        (("compare", "redis", "--server", URL, "--server", URL), "--server is given twice for redis"),
        (("compare", "memory", "--server", URL), "memory has no server of yours"),
        (("compare", "rabbitmq", "--server", "RABBITMQ_URL"), "--server RABBITMQ_URL: it is not set"),
        (("compare", "redis", "--server", "NO_SUCH_URL"), "--server NO_SUCH_URL: it is not set"),
        (("compare", "redis", "--server", "localhost:6379"), "--server for redis is not a URL"),
    ],
)
def test_a_server_that_fits_no_broker_is_refused(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(*arguments)


@pytest.mark.parametrize(
    ("command", "server", "environment", "remedy"),
    [
        ("compare", (), {"REDIS_URL": URL}, "fix or unset REDIS_URL"),
        ("compare", ("--server", f"redis={URL}"), {}, "fix or leave out --server"),
        ("compare", ("--server", "STAGING"), {"STAGING": URL}, "fix STAGING, or leave out --server"),
        ("ab", ("--server", URL), {"REDIS_URL": URL}, "fix --server, or leave out --server and unset REDIS_URL"),
    ],
)
def test_an_unreachable_server_is_told_once_with_the_name_that_the_user_gave_it(
    command: str, server: tuple[str, ...], environment: dict[str, str], remedy: str, tmp_path: Path, forked: Forks
) -> None:
    run = forked(command, "redis", *server, "--metric", "enqueue", cwd=tmp_path, **{"REDIS_URL": "", **environment})
    assert run.returncode == 3
    (line,) = run.stderr.splitlines()
    assert line.startswith(f"Error: redis at {PLACE} does not answer (")
    assert line.endswith(f"start it, or {remedy}")
    assert "failed" not in run.stdout
    assert "starting" not in run.stdout


def test_on_a_terminal_it_is_asked_and_no_means_no(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"n\n")
    program = "import sys; from bench.start import main; main()"
    asked = subprocess.run(
        [sys.executable, "-c", program, *WITH_AN_APP["compare"]],
        stdin=theirs,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert asked.returncode == 2
    assert asked.stdout.startswith(f"redis: your server at {PLACE} is measured")
    assert "Continue? [y/N]" in asked.stderr
    assert not list((tmp_path / "results").glob("*"))


def test_a_command_without_a_terminal_says_it_in_one_line(tmp_path: Path, forked: Forks) -> None:
    run = forked(*WITH_AN_APP["compare"], cwd=tmp_path, REDIS_URL=URL)
    assert run.returncode == 2
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1
