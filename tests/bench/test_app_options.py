"""An app that starts with ``celery -A`` in a folder starts in a measurement there, too."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import brokerbench
from listeners import listening

from bench.cli import cli
from bench.records.workload import load_workload
from brokers.errors import UsageError

APP = """
import os
from celery import Celery

app = Celery("shop", broker=os.environ["CELERY_BROKER_URL"])
app.conf.worker_prefetch_multiplier = int(os.environ["CELERY_PREFETCH"]) + int(open("prefetch.txt").read())
"""
SALES = """
from shop.celery import app

@app.task(name="shop.sell")
def sell(bread, *, pieces):
    pass
"""
QUICKLY = ("--metric", "enqueue", "--budget", "15s", "--out", "out")
GUARANTEES = ("guarantees", "redis", "--only", "order", "--repeats", "1", "--out", "out")
VARIABLES = {"CELERY_BROKER_URL": "redis://127.0.0.1:1/0", "CELERY_PREFETCH": "3"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app" / "shop").mkdir(parents=True)
    (tmp_path / "app" / "prefetch.txt").write_text("4")
    (tmp_path / "app" / "shop" / "__init__.py").touch()
    (tmp_path / "app" / "shop" / "celery.py").write_text(APP)
    (tmp_path / "app" / "shop" / "sales.py").write_text(SALES)
    return tmp_path


def test_it_has_its_variables_its_folder_its_interpreter_and_modules_that_only_its_worker_imports(folder: Path) -> None:
    python = os.path.relpath(sys.executable, folder)
    named = ("--app", "shop", "--task", "shop.sell", "--args", '["rye"]', "--kwargs", '{"pieces": 2}', "--dry")
    where = ("--include", "shop.sales", "--app-dir", "app", "--python", python)
    run = brokerbench("compare", "memory", *named, *where, *QUICKLY, cwd=folder, **VARIABLES)
    assert run.returncode == 0, run.stderr
    result = json.loads((folder / "out" / "result.json").read_text())
    assert result["subjects"][0]["settings"]["worker_prefetch_multiplier"] == 7
    assert (result["workload"]["kwargs"], result["workload"]["include"]) == ({"pieces": 2}, ["shop.sales"])
    assert "the measurement overrode the app's CELERY_BROKER_URL, broker_url" in result["warnings"]


@pytest.mark.parametrize(
    "command",
    [("compare", "memory"), *(pytest.param(one, marks=pytest.mark.long) for one in (("ab", "memory"), GUARANTEES))],
)
def test_an_unknown_task_ends_with_2_before_anything_is_measured(command: tuple[str, ...], folder: Path) -> None:
    named = ("--app", "shop", "--app-dir", "app", "--task", "shop.sales.sell", "--dry")
    quickly = () if command == GUARANTEES else QUICKLY
    run = brokerbench(*command, *named, *quickly, cwd=folder, **VARIABLES)
    assert run.returncode == 2
    last = run.stderr.strip().splitlines()[-1]
    assert "shop has no task 'shop.sales.sell'; it has none; name the module of its tasks with --include" in last
    assert last.endswith("add --include shop.sales")
    assert not (folder / "out" / "result.json").exists()


def test_an_app_that_fails_is_a_line_with_its_file_and_without_frames_unless_asked_for(folder: Path) -> None:
    named = ("--app", "shop", "--app-dir", "app", "--task", "shop.sell", "--dry")
    (folder / "app" / "prefetch.txt").write_text("four")
    run = brokerbench("compare", "memory", *named, *QUICKLY, "--traceback", cwd=folder, **VARIABLES)
    words = "ValueError: invalid literal for int() with base 10: 'four' (shop/celery.py, line 6)"
    assert run.returncode == 2
    first, *frames = run.stderr[run.stderr.index("Error: ") :].splitlines()
    assert first.startswith(f"Error: shop cannot be imported: {words}; try 'celery -A shop report' in ")
    assert any("importlib" in line for line in frames)
    run = brokerbench("compare", "memory", *named, *QUICKLY, cwd=folder, **VARIABLES)
    assert words in run.stderr
    assert not any("importlib" in line for line in run.stderr.splitlines())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ("--app", "shop/celery.py"),
            "'shop/celery.py' is a path: name the module as Python does, for example shop.celery",
        ),
        (("--app", "shop", "--kwargs", "[2]"), "--kwargs is not an object; use for example '{\"x\": 2}'"),
        (("--app", "shop", "--kwargs", "{2"), "--kwargs is not JSON"),
        (
            ("--app", "shop", "--python", "nowhere/python"),
            "--python nowhere/python is not a program: use the interpreter",
        ),
        (
            ("--app", "shop", "--python", "app"),
            "--python app is not a program: use the interpreter itself, app/bin/python",
        ),
    ],
)
def test_what_cannot_be_meant_is_named(
    options: tuple[str, ...], words: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    run = CliRunner().invoke(cli, ["compare", "memory", "--task", "shop.sell", *options])
    assert (run.exit_code, words in run.output) == (2, True), run.output


def test_a_workload_names_an_app_as_python_does(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('name = "own"\napp = "shop/__init__.py"\napp_dir = "."\n')
    with pytest.raises(UsageError, match=r"'shop/__init__.py' is a path: .*, for example shop$"):
        load_workload(str(path))


@pytest.mark.long
def test_a_side_with_a_ref_works_in_the_folder_of_its_checkout(folder: Path) -> None:
    def git(*command: str) -> None:
        who = ("-c", "user.name=me", "-c", "user.email=me@localhost")
        subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True)

    named = ("--app", "shop", "--app-dir", "app", "--include", "shop.sales", "--task", "shop.sell")
    task = ("--args", '["rye"]', "--kwargs", '{"pieces": 2}')
    sides = ("--a", "ref=HEAD~1", "--b", "ref=HEAD")
    (folder / ".gitignore").write_text("tmp\nout\n__pycache__\n.env\n")
    git("init", "--quiet")
    for text in ("4", "5"):
        (folder / "app" / "prefetch.txt").write_text(text)
        git("add", ".")
        git("commit", "--quiet", "-m", text)
    (folder / "app" / ".env").touch()
    run = brokerbench("ab", "memory", *sides, *named, *task, *QUICKLY, cwd=folder, **VARIABLES)
    assert "! git does not hold .env: a side with ref= runs without" in run.stderr
    subjects = json.loads((folder / "out" / "result.json").read_text())["subjects"]
    assert [subject["settings"]["worker_prefetch_multiplier"] for subject in subjects] == [7, 8]
    git("rm", "--quiet", "--cached", "app/prefetch.txt")
    (folder / ".gitignore").write_text("tmp\nout\n__pycache__\n.env\nprefetch.txt\n")
    git("commit", "--quiet", "-a", "-m", "without")
    run = brokerbench("ab", "memory", *sides, *named, *task, *QUICKLY[:-1], "again", cwd=folder, **VARIABLES)
    assert run.returncode == 3
    assert "(shop/celery.py, line 6); git does not hold prefetch.txt: add it to the commit" in " ".join(
        run.stdout.split()
    )


@pytest.mark.long
@pytest.mark.parametrize(
    "command",
    [
        ("compare", "redis", "--metric", "enqueue", "--metric", "throughput", "--metric", "cost", "--budget", "30s"),
        ("compare", "redis", "--metric", "enqueue", "--ceilings", "--budget", "30s"),
        ("ab", "redis", "--metric", "throughput", "--budget", "30s", "--b", "worker_prefetch_multiplier=2"),
        ("guarantees", "redis", "--only", "order", "--only", "child-killed-early", "--only", "chord", "--repeats", "1"),
    ],
)
def test_no_command_connects_to_the_broker_of_the_apps_environment(command: tuple[str, ...], folder: Path) -> None:
    received = []
    named = ("--app", "shop", "--task", "shop.sell", "--args", '["rye"]', "--kwargs", '{"pieces": 2}')
    where = ("--include", "shop.sales", "--app-dir", "app", "--out", "out")
    with listening(lambda connection: received.append(connection.recv(100))) as (host, port):
        url = f"redis://{host}:{port}/0"
        names = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_RESULT_BACKEND", "BROKER_URL", "RESULT_BACKEND")
        run = brokerbench(*command, *named, *where, cwd=folder, **{**VARIABLES, **dict.fromkeys(names, url)})
        assert run.returncode in (0, 1, 3), run.stderr
        assert received == []
    assert "failed" not in run.stdout
