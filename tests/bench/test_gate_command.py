"""``gate``, ``history`` and ``export`` as a user runs them, on results that are known."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
from commands import brokerbench, leftovers
from forked import Forks
from sides import made_environment, made_side

from bench.cli import cli
from bench.records.result import Result, read_result
from brokers.errors import UsageError


def written(directory: Path, name: str, result: Result) -> str:
    folder = directory / name
    folder.mkdir()
    (folder / "result.json").write_text(result.model_dump_json())
    return str(folder)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command in a folder that has results: a usual one, and some that differ from it."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(tmp_path)
    labels = ("redis", "sqs")
    written(tmp_path, "base", made_side(rng=1, labels=labels))
    written(tmp_path, "same", made_side(rng=2, labels=labels))
    written(tmp_path, "slower", made_side({"sqs": 1.3}, rng=2, labels=labels))
    written(tmp_path, "fewer", made_side(rng=2))
    written(tmp_path, "unsure", made_side(rng=2, labels=labels, generations=2, blocks=24))
    written(tmp_path, "elsewhere", made_side(rng=2, labels=labels, environment=made_environment(cpu_model="Other")))
    whole = made_side(rng=2).model_dump_json()
    (tmp_path / "truncated.json").write_text(whole[: len(whole) // 2])
    (tmp_path / "unknown.json").write_text(whole.replace('"seed":', '"sede":', 1))
    (tmp_path / "older.json").write_text(json.dumps({"version": 1}))
    return lambda *arguments: int(cli([*arguments], standalone_mode=False) or 0)


@pytest.mark.parametrize(
    ("current", "options", "code", "line"),
    [
        ("base", [], 0, "Within limits: 4 figures."),
        ("same", [], 0, "Within limits: 4 figures."),
        ("same/result.json", [], 0, "Within limits: 4 figures."),
        ("slower", [], 1, "Regressed: 2 of 4 figures."),
        ("slower", ["--max-regression", "50%"], 0, "Within limits: 4 figures."),
        ("fewer", [], 3, "missing: the current result has no figures for sqs"),
        ("fewer", ["--allow", "missing"], 0, "Within limits: 2 figures."),
        ("elsewhere", [], 3, "cpu: the processor was Example CPU and is Other"),
        ("elsewhere", ["--allow", "cpu,server"], 0, "Within limits: 4 figures."),
        ("unsure", [], 3, "Inconclusive: 4 of 4 figures could be worse than allowed."),
        ("unsure", ["--inconclusive", "pass"], 0, "Inconclusive, which passes: 4 of 4"),
    ],
)
def test_the_exit_code_says_what_came_of_it(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str], current: str, options: list[str], code: int, line: str
) -> None:
    assert run("gate", "base", current, *options) == code
    assert line in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["none", "same"], "cannot read the result none (No such file or directory): use the result.json that"),
        (["base", "truncated.json"], "truncated.json is not a complete JSON document ("),
        (["base", "unknown.json"], "unknown.json: unknown key 'sede': did you mean 'seed'?"),
        (["base", "older.json"], "older.json has version 1, not 3: read it with the brokerbench that wrote it"),
        (["base", "same", "--allow", "cpus"], "--allow has no 'cpus': did you mean 'cpu'?"),
        (["base", "same", "--limits", "none.toml"], "cannot read the limits none.toml"),
        (["base", "same", "--markdown", "no/folder.md"], "cannot write no/folder.md (No such file or directory)"),
    ],
)
def test_wrong_use_is_one_line_with_the_remedy(run: Callable[..., int], arguments: list[str], line: str) -> None:
    with pytest.raises(UsageError) as refused:
        run("gate", *arguments)
    assert line in refused.value.format_message()
    assert "\n" not in refused.value.format_message()


def test_a_limit_that_is_no_percentage_is_refused(run: Callable[..., int]) -> None:
    with pytest.raises(click.BadParameter, match="'5' is not a limit: use a percentage between 0 % and 100 %"):
        run("gate", "base", "same", "--max-regression", "5")


def test_the_process_exits_with_these_codes(run: Callable[..., int], forked: Forks, tmp_path: Path) -> None:
    found = {name: forked("gate", "base", name, cwd=tmp_path) for name in ("slower", "unknown.json")}
    assert {name: one.returncode for name, one in found.items()} == {"slower": 1, "unknown.json": 2}
    assert found["unknown.json"].stderr == "Error: unknown.json: unknown key 'sede': did you mean 'seed'?\n"
    assert all(len(line) <= 80 for line in found["slower"].stdout.splitlines())


def test_limits_come_from_a_file(run: Callable[..., int], tmp_path: Path) -> None:
    (tmp_path / "limits.toml").write_text('[subject.sqs]\nenqueue = "50%"\nthroughput = "60%"\n')
    assert run("gate", "base", "slower", "--limits", "limits.toml") == 0


def test_markdown_and_junit_are_written_and_the_step_summary_grows(
    run: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert run("gate", "base", "slower", "--markdown", "gate.md", "--junit", "gate.xml") == 1
    markdown = (tmp_path / "gate.md").read_text()
    assert "**Regressed: 2 of 4 figures.**" in markdown
    assert summary.read_text() == f"# Before\n{markdown}"
    assert ElementTree.parse(tmp_path / "gate.xml").getroot()[0].get("failures") == "2"


def test_a_history_is_printed_and_written(
    run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("history", ".", "--html", "history.html") == 0
    assert "redis enqueue" in capsys.readouterr().out
    assert "History of 6 results" in (tmp_path / "history.html").read_text()


@pytest.mark.parametrize("form", ["github-action-benchmark", "bencher", "csv"])
def test_figures_are_exported_to_standard_output_or_a_file(
    run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    assert run("export", "base", "--format", form) == 0
    printed = capsys.readouterr().out
    assert "redis" in printed
    assert run("export", "base", "--format", form, "--out", "figures") == 0
    assert (tmp_path / "figures").read_text() == printed
    if form != "csv":
        json.loads(printed)


def test_what_a_baseline_measured_is_measured_now(tmp_path: Path) -> None:
    written(tmp_path, "base", made_side(10.0, labels=("memory",), metrics=("enqueue",), budget_s=9.0))
    other = "celery,cores,cpu,kombu,libraries,python,samples,server,settings,system"
    run = brokerbench("gate", "base", "--allow", other, "--out", "now", cwd=tmp_path)
    assert run.returncode in (0, 3), run.stdout + run.stderr  # a machine may be too busy to tell
    assert "memory's enqueue takes 0." in run.stdout, run.stdout
    assert "measured now: now" in run.stdout
    result = read_result(tmp_path / "now")
    assert (result.seed, result.metrics, result.budget_s) == (7, ["enqueue"], 9.0)
    assert [subject.label for subject in result.subjects] == ["memory"]
    assert not leftovers(tmp_path)
