"""Five apps of different shapes are measured by the commands, each in an environment of its own where it needs one."""

import sys
from pathlib import Path

import pytest

from bench.ab.spec import read_spec
from bench.ab.virtualenvs import Wanted, locks, look_at
from bench.records.result import read_result

_TESTS = Path(__file__).parents[2]
sys.path[:0] = [str(_TESTS / "apps"), str(_TESTS / "bench")]

from commands import brokerbench, leftovers  # noqa: E402 - of another folder of tests
from shapes import SHAPES  # noqa: E402

_PYTHONS = {"old": "3.8"}


def _python(name: str) -> str:
    """Return an interpreter that has what the app needs: this one, or one in an environment that is made for it."""
    requirements = SHAPES[name].requirements
    if not requirements:
        return sys.executable
    base = sys.executable if name not in _PYTHONS else _old_python(_PYTHONS[name])
    wanted = Wanted(read_spec(requirements).requirements, look_at(base), () if name in _PYTHONS else ("celery[redis]",))
    return locks(wanted, wanted)[0].build()


def _old_python(version: str) -> str:
    found = sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python"))
    if not found:
        pytest.skip(f"install Python {version} to measure an app of its age")
    return str(found[0])


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", SHAPES)
def test_an_app_is_measured_with_its_own_task(name: str, tmp_path: Path) -> None:
    shape = SHAPES[name]
    options = ("--metric", "enqueue", "--metric", "throughput", "--budget", shape.budget, "--out", "out")
    run = brokerbench(
        "compare",
        shape.subject,
        *shape.options,
        "--python",
        _python(name),
        *options,
        cwd=tmp_path,
        timeout_s=300,
        **shape.environment,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"! {shape.task} really runs, thousands of times" in run.stderr
    result = read_result(tmp_path / "out" / "result.json")
    (said,) = (warning for warning in result.warnings if "overrode" in warning)
    assert all(setting in said for setting in shape.overridden)
    assert result.workload.task == shape.task
    counts = result.subjects[0].counts
    assert counts.sent == counts.finished > 0
    assert {row.metric for row in result.summary} == {"enqueue", "throughput"}
    assert shape.limited_by in "".join(words for row in result.summary for words in row.limited_by)
    assert "elsewhere@" not in run.stdout + (tmp_path / "out" / "result.json").read_text()
    assert not leftovers(tmp_path)
