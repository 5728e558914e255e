"""``pytest bench --brokerbench-baseline``, with made-up results instead of measured ones."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sides import made_side

from bench.records.result import Result

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
LABELS = ("redis", "sqs")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what runs the benchmarks with these results "measured", one after the other."""
    (tmp_path / "base.json").write_text(made_side(rng=1, labels=LABELS).model_dump_json())

    def benchmarks(*results: Result, options: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
        paths = [tmp_path / f"{number}.json" for number, _ in enumerate(results)]
        for path, result in zip(paths, results, strict=True):
            path.write_text(result.model_dump_json())
        own = ["-p", "no:cacheprovider", "--brokers=redis,sqs", "-k", "enqueue"]
        baseline = f"--brokerbench-baseline={tmp_path / 'base.json'}"
        storage = f"--benchmark-storage=file://{tmp_path}"
        return subprocess.run(
            [sys.executable, "-m", "pytest", str(ROOT / "bench"), *own, baseline, storage, *options],
            cwd=ROOT,
            env={
                **{name: value for name, value in os.environ.items() if name not in ("CI", "BROKER")},
                "MADE_RESULTS": os.pathsep.join(map(str, paths)),
                "PYTHONPATH": os.pathsep.join(
                    [str(HERE / "every_process"), str(HERE), os.environ.get("PYTHONPATH", "")]
                ),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return benchmarks


def test_the_test_of_what_regressed_fails_with_the_gates_sentence(run: Run) -> None:
    slow = {"sqs": 1.3}
    found = run(made_side(slow, rng=2, labels=LABELS), made_side(slow, rng=3, labels=LABELS))
    assert found.returncode == 1, found.stdout + found.stderr
    assert "1 failed, 1 passed" in found.stdout
    assert "FAILED bench/test_enqueue.py::test_enqueue_latency[sqs]" in found.stdout
    assert "sqs's enqueue takes 1.3" in found.stdout
    assert "regressed, which a second run confirmed; limit 5 %" in found.stdout
    assert "Traceback" not in found.stdout


def test_what_a_second_run_does_not_confirm_passes(run: Run) -> None:
    found = run(made_side({"sqs": 1.3}, rng=2, labels=LABELS), made_side(rng=3, labels=LABELS))
    assert "2 passed" in found.stdout, found.stdout + found.stderr


@pytest.mark.long
def test_pytest_benchmarks_own_comparison_keeps_working_beside_it(run: Run) -> None:
    usual, slow = made_side(rng=2, labels=LABELS), made_side(1.6, rng=2, labels=LABELS)
    assert "2 passed" in run(usual, options=("--benchmark-save=first",)).stdout
    own = ("--benchmark-compare=0001", "--benchmark-compare-fail=median:30%")
    found = run(slow, options=(*own, "--brokerbench-max-regression=99%"))
    assert found.returncode != 0
    assert "Performance has regressed" in found.stdout + found.stderr


def test_what_may_differ_and_wrong_use_are_told_by_options(run: Run) -> None:
    other = made_side(rng=2, labels=LABELS, seed=8)
    found = run(other)
    assert "2 failed" in found.stdout, found.stdout
    assert "is not comparable: the seed" in found.stdout
    wrong = run(other, options=("--brokerbench-allow=sed",))
    assert wrong.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --allow has no 'sed': did you mean 'seed'?" in wrong.stdout + wrong.stderr


def test_hostile_limits_are_wrong_use_in_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "limits.toml").write_text(f"max-regression = {'[' * 2000}")
    found = run(made_side(rng=2, labels=LABELS), options=(f"--brokerbench-limits={tmp_path / 'limits.toml'}",))
    assert found.returncode == pytest.ExitCode.USAGE_ERROR
    assert "nested deeper than 64 levels" in found.stderr
    assert "Traceback" not in found.stdout + found.stderr
