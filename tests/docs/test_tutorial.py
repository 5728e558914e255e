"""What docs/tutorial.md says works as it stands there, and so do the commands of the other pages."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from pages import PAGES, ROOT, blocks
from sides import made_side

from bench.cli import cli
from bench.records.result import read_result
from brokers.errors import UsageError

_TUTORIAL = "docs/tutorial.md"
_COMMAND = [sys.executable, "-c", "from bench.start import main; main()"]
_PAGES = [path.relative_to(ROOT).as_posix() for path in PAGES if path.name != "CHANGELOG.md"]
_MADE_ON_THE_WAY = (
    "no workload 'mine.toml'",
    "No broker named 'filesystem'",
    "'batch' is not",
)  # by the pages' readers


def commands(name: str) -> list[str]:
    """Return every command of a page that begins with ``brokerbench``."""
    texts = [block.replace("\\\n", " ") for language in ("console", "sh") for block in blocks(name, language)]
    lines = [line for text in texts for line in text.splitlines()]
    found = [line.removeprefix("$ ").partition("#")[0].strip() for line in lines]
    return [line for line in found if line.startswith("brokerbench ")]


def test_the_tutorial_has_the_commands_that_these_tests_look_for() -> None:
    assert len(commands(_TUTORIAL)) >= 3


@pytest.mark.parametrize("line", [line for name in _PAGES for line in commands(name)])
def test_a_command_of_the_pages_is_one_that_there_is(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()  # of the readers of docs/ci.md
    monkeypatch.chdir(tmp_path)
    name, *arguments = shlex.split(line)[1:]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    try:
        command.make_context(name, arguments)
    except (UsageError, click.BadParameter) as missing:
        if not any(made in missing.format_message() for made in _MADE_ON_THE_WAY):
            raise


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="the tutorial is for a POSIX shell")
def test_the_tutorials_task_and_workload_are_compared(tmp_path: Path) -> None:
    (code,), (workload,) = blocks(_TUTORIAL, "python"), blocks(_TUTORIAL, "toml")
    assert len([line for line in code.splitlines() if line]) == 3
    (tmp_path / "tasks.py").write_text(code)
    (tmp_path / "mine.toml").write_text(workload)
    (line,) = [line for line in commands(_TUTORIAL) if " compare " in line]
    answer = subprocess.run(
        [*_COMMAND, *shlex.split(line)[1:], "--budget", "25s"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    if answer.returncode == 3 and not os.environ.get("CI") and "not found" in answer.stdout:
        pytest.skip("a server is missing")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    result = read_result(tmp_path / "first" / "result.json")
    assert result.workload.task == "shop.number"
    assert [subject.counts.finished > 0 for subject in result.subjects] == [True, True]
    shown = re.findall(r"^first/.*$", "\n".join(blocks(_TUTORIAL, "console")), re.MULTILINE)
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == sorted(Path(name).name for name in shown)


def test_the_tutorials_benchmarks_are_compared_with_those_that_it_saved(tmp_path: Path) -> None:
    results = [made_side(factor, rng=number, labels=("redis", "rabbitmq")) for number, factor in ((1, 1.0), (2, 1.2))]
    for number, result in enumerate(results):
        (tmp_path / f"{number}.json").write_text(result.model_dump_json())
    texts = [line.removeprefix("$ ") for block in blocks(_TUTORIAL, "console") for line in block.splitlines()]
    lines = [line for line in texts if line.startswith("pytest bench ")]
    assert len(lines) == 2
    first, second = (run_benchmarks(line, tmp_path / f"{number}.json") for number, line in enumerate(lines))
    assert "4 passed" in first, first
    assert "test_enqueue_latency[redis] (0001" in second, second
    assert "test_enqueue_latency[redis] (NOW)" in second
    assert "Can't compare" not in second


def run_benchmarks(line: str, result: Path) -> str:
    """Run the line on a result that was made up, with its files in that folder, and return what it printed."""
    _, suite, *options = shlex.split(line)
    own = ["-p", "no:cacheprovider", f"--benchmark-storage=file://{result.parent}"]
    paths = [str(ROOT / "tests" / "bench" / "every_process"), str(ROOT / "tests" / "bench")]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", suite, *own, *options],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "MADE_RESULTS": str(result),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return run.stdout + run.stderr


def test_the_kitchens_story_can_be_told(tmp_path: Path) -> None:
    (line,) = [line for block in blocks(_TUTORIAL, "console") for line in block.splitlines() if "take_order" in line]
    code = shlex.split(line)[-1]
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "BROKER": "memory", "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=True,
    )
