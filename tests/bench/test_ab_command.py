"""The command ``ab`` as a user runs it."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import brokerbench, leftovers
from forked import Forks

from bench.records.result import read_result


def test_a_setting_that_slows_enqueues_is_a_regression_and_is_told_before_the_time_is_over(tmp_path: Path) -> None:
    options = ("--metric", "enqueue", "--budget", "60s", "--out", "out", "--markdown", "ab.md", "--junit", "ab.xml")
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n")
    run = brokerbench(
        "ab", "redis", "--b", "broker_pool_limit=0", *options, cwd=tmp_path, GITHUB_STEP_SUMMARY=str(summary)
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert "A: as it is\nB: broker_pool_limit=0\n" in run.stdout
    (sentence,) = (line for line in run.stdout.splitlines() if line.startswith("Enqueue: B takes "))
    assert "regressed by more than 5.0 %; this run could detect" in sentence
    result = read_result(tmp_path / "out" / "result.json")
    assert [subject.label for subject in result.subjects] == ["A", "B"]
    assert [subject.settings["broker_pool_limit"] for subject in result.subjects] == [10, 0]
    assert result.duration_s < 58
    assert result.summary[1].ratio is not None
    assert [subject.spec for subject in result.subjects] == ["as it is", "broker_pool_limit=0"]
    assert "broker_pool_limit=0 |" in (tmp_path / "out" / "report.md").read_text()
    markdown = (tmp_path / "ab.md").read_text()
    assert "**Regressed by more than 5 %: enqueue.**" in markdown
    assert summary.read_text() == f"# Before\n{markdown}"
    assert ElementTree.parse(tmp_path / "ab.xml").getroot()[0].get("failures") == "1"
    assert not leftovers(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("redis", "--a", "worker_prefetch_multiplyer=4"), "did you mean 'worker_prefetch_multiplier'?"),
        (("redis", "--b", "ref=no-such-reference"), "ref=no-such-reference"),
        (("redis", "--b", "kombu==0.0.0.999"), "uv says"),
        (("redis", "--max-regression", "much"), "is not a limit"),
        (("redis", "--workload", "sweep-pool"), "is a sweep"),
        (("redis", "--task", "proj.add"), "add --app"),
        (("redis", "--app", "proj:app"), "name one with --task"),
        (("redis", "--app", "proj:app", "--task", "add", "--args", "2"), "is not a list"),
        (("redis", "--app", "proj:app", "--task", "add", "--args", "[2"), "is not JSON"),
    ],
)
def test_wrong_use_is_told_before_anything_is_measured(
    arguments: tuple[str, ...], words: str, forked: Forks, tmp_path: Path
) -> None:
    run = forked("ab", *arguments, cwd=tmp_path)
    assert run.returncode == 2, run.stdout + run.stderr
    assert words in run.stderr
    assert "Traceback" not in run.stderr
    assert not leftovers(tmp_path)
