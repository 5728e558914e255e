"""The benchmarks of the folder above run to their end, print what they are for, and leave nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent
RUNS = {
    "bare.py --seconds 1 --generations 1": "not recorded: ",
    "sequential.py --seconds 0.1 --repeats 2": " times paired ",
    "verdicts.py worker-10 --runs 1 --budget 9s --calibration 9s": "regressed: ",
}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", RUNS)
def test_it_runs(arguments: str, tmp_path: Path) -> None:
    script, *options = arguments.split()
    run = subprocess.run(
        [sys.executable, HERE / script, *options],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert RUNS[arguments] in run.stdout
    assert not list(tmp_path.glob("brokerbench-*"))
