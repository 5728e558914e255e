"""What docs/ci.md says works as it stands there, in a repository that is not this one."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from pages import ROOT, blocks, page

from bench.cli import cli
from bench.records.workload import load_workload

_CI = "docs/ci.md"
_SOURCES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("b*/**/*.py"), *ROOT.glob("tools/**/*.sh")]
_FAST = '@app.task(name="proj.tasks.add")\ndef add(x, y):\n    return x + y\n'
_SLOW = _FAST.replace("    return", "    time.sleep(0.02)\n    return")
_TASKS = "import time\n\nfrom proj.celery import app\n\n\n"


def scripts() -> list[str]:
    """Return each line that a job of the page runs: those of GitHub's steps, and those of GitLab's scripts."""
    found: list[str] = []
    for text in blocks(_CI, "yaml"):
        _collect(yaml.safe_load(text), found)
    return [line.strip() for text in found for line in text.replace("\\\n", " ").splitlines()]


def _collect(node: Any, found: list[str]) -> None:
    if isinstance(node, list):
        for one in node:
            _collect(one, found)
    elif isinstance(node, dict):
        for name, one in node.items():
            found += [one] if name == "run" else one if name == "script" else []
            _collect(one, found)


def test_every_command_of_the_jobs_is_one_that_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workload,) = blocks(_CI, "toml")
    (tmp_path / "bench.toml").write_text(workload)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    lines = [line for line in scripts() if line.startswith("brokerbench ")]
    assert len(lines) >= 4
    for line in lines:
        name, *arguments = shlex.split(line)[1:]
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        command.make_context(name, arguments)
    assert load_workload("bench.toml").is_users


def test_every_example_of_two_sides_of_an_app_says_where_the_app_is() -> None:
    shell = [block.replace("\\\n", " ") for language in ("sh", "console") for block in blocks(_CI, language)]
    lines = [line for text in shell for line in text.splitlines()] + scripts()
    examples = [line for line in lines if line.startswith("brokerbench ab ") and "--app " in line]
    assert len(examples) >= 2
    assert all("--app-dir src" in line for line in examples)
    assert "          app-dir: src" in page(_CI)


def test_nothing_is_installed_by_a_name_that_no_index_has() -> None:
    installs = [
        found for path in _SOURCES for found in re.findall(r"pip3? install [^\n`]*", path.read_text(encoding="utf-8"))
    ]
    assert len(installs) > 8
    assert [one for one in installs if re.search(r"(?<![\w/.-])brokerbench(?![\w/])", one)] == []


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="the page is for a POSIX shell")
@pytest.mark.timeout(400)
def test_a_slower_task_of_another_repository_is_found_by_the_example_as_it_is(tmp_path: Path) -> None:
    repository = made_repository(tmp_path / "foreign")
    example = next(block for block in blocks(_CI, "sh") if block.startswith("brokerbench ab "))
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "brokerbench").write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "from bench.start import main; main()" "$@"\n'
    )
    (programs / "brokerbench").chmod(0o755)
    run = subprocess.run(
        ["bash", "-c", example],
        cwd=repository,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert run.stdout.splitlines()[-1] == "regressed"
    assert "throughput" in (repository / "ab.md").read_text()


def made_repository(folder: Path) -> Path:
    """Return a repository with its package in ``src``: on ``main`` the task is fast, at ``HEAD`` it takes 20 ms."""
    package = folder / "src" / "proj"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "celery.py").write_text('from celery import Celery\n\napp = Celery("proj", include=["proj.tasks"])\n')
    (package / "tasks.py").write_text(_TASKS + _FAST)
    (folder / ".gitignore").write_text(".venv\n")
    (folder / ".venv").symlink_to(sys.prefix)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Add numbers")
    git(folder, "checkout", "--quiet", "-b", "change")
    (package / "tasks.py").write_text(_TASKS + _SLOW)
    git(folder, "commit", "--quiet", "--all", "--message", "Think first")
    return folder


def git(folder: Path, *arguments: str) -> None:
    own = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *own, *arguments], cwd=folder, check=True)
