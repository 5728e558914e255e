"""The command ``releases`` as a user runs it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commands import brokerbench, leftovers
from forked import Forks

from bench.compare.run import _is_enough
from bench.figures.tally import Tally
from bench.records.releases import Releases, read_releases
from bench.records.result import read_result


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--package", "vine", "--from", "5.0.0", "--to", "1"), "has no release in this range"),
        (("--package", "vine", "--from", "1.3", "--budget", "5s"), "use --budget"),
    ],
)
def test_wrong_use_is_told_before_anything_is_measured(
    arguments: tuple[str, ...], words: str, forked: Forks, tmp_path: Path
) -> None:
    run = forked("releases", "redis", *arguments, cwd=tmp_path)
    assert run.returncode == 2, run.stdout + run.stderr
    assert words in run.stderr
    assert "measuring takes" not in run.stdout
    assert "Traceback" not in run.stderr
    assert not leftovers(tmp_path)


@pytest.mark.parametrize(("failed", "ends"), [([], False), (["a"], False), (["a", "b"], True)])
def test_a_run_of_sides_goes_on_while_two_are_left_to_compare(failed: list[str], ends: bool) -> None:
    stage = SimpleNamespace(failures={((label, "celery"), 0): "gone" for label in failed})
    found: Any = SimpleNamespace(
        comparison=SimpleNamespace(subjects=[SimpleNamespace(label=label, watched="") for label in "abc"]),
        runner=SimpleNamespace(stage=stage),
        failures={},
        tally=Tally(),
    )
    assert _is_enough(found, lambda *_: False, Path("imported"), 1, 4) == ends


@pytest.mark.long
def test_a_few_releases_are_measured_in_one_run_and_leave_their_reports(tmp_path: Path) -> None:
    options = ("--package", "kombu", "--from", "5.4.0", "--to", "5.4.2", "--budget", "60s", "--seed", "5")
    run = brokerbench("releases", "redis", *options, "--out", "out", "--json", cwd=tmp_path)
    assert run.returncode in (0, 3), run.stdout + run.stderr  # 3: a busy machine had no time for certainty
    printed = Releases.model_validate(json.loads(run.stdout))
    assert printed == read_releases(tmp_path / "out")
    assert [row.release for row in printed.rows] == ["5.4.0", "5.4.1", "5.4.2"]
    assert all(row.figure and row.day and row.failure is None for row in printed.rows)
    assert "celery" in printed.alike
    result = read_result(tmp_path / "out")
    assert [one.versions["kombu"] for one in result.subjects] == ["5.4.0", "5.4.1", "5.4.2"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "releases.html",
        "releases.json",
        "releases.md",
        "result.json",
    }
    assert not leftovers(tmp_path)
