"""A gate that measures by itself, on real servers: nothing changed, and every call slower by a known amount."""

import os
from pathlib import Path

import pytest
from commands import brokerbench, leftovers

SLOWING = Path(__file__).parents[2] / "truths" / "slowing"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def slowed(factor: float) -> dict[str, str]:
    """Return the environment in which ``apply_async`` takes that many times as long."""
    path = os.pathsep.join(filter(None, [str(SLOWING), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "TRUTHS_ENQUEUE_FACTOR": str(factor), "TRUTHS_TASK_NS": "0"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("gated")
    options = ("--metric", "enqueue", "--budget", "30s", "--seed", "1", "--out", "base")
    run = brokerbench("compare", "redis", *options, cwd=directory, **slowed(1.0))
    assert run.returncode == 0, run.stdout + run.stderr
    return directory


def test_what_did_not_change_passes(folder: Path) -> None:
    run = brokerbench("gate", "base", "--max-regression", "20%", "--out", "same", cwd=folder, **slowed(1.0))
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Within limits: 1 figure." in run.stdout
    assert not (folder / "same" / "again").exists()


def test_slower_calls_are_found_twice_and_fail(folder: Path) -> None:
    run = brokerbench("gate", "base", "--max-regression", "20%", "--out", "slow", cwd=folder, **slowed(1.5))
    assert run.returncode == 1, run.stdout + run.stderr
    assert "regressed, which a second run confirmed" in " ".join(run.stdout.split())
    assert (folder / "slow" / "again" / "result.json").exists()
    assert not leftovers(folder)
