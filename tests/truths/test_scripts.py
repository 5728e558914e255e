"""The scripts of this folder, which `make truths` and `make backtest` run, start by their path alone."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_MAKEFILE = (_HERE.parents[1] / "Makefile").read_text(encoding="utf-8")
_SCRIPTS = sorted(set(re.findall(r"tests/truths/(\w+\.py)", _MAKEFILE)))


@pytest.mark.parametrize("script", _SCRIPTS)
def test_a_script_that_make_runs_finds_what_it_imports(script: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, _HERE / script, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"Usage: {script} ")
