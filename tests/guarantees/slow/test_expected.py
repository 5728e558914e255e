"""The project's own expectations hold on the servers that it is tested on; one that is not here is not tested.

Servers other than those of this system are looked for in the folder that BROKERBENCH_OTHER_SERVERS names.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXPECTED = Path(__file__).parent.parent / "expected"
MOST_S = 1800
OTHERS = os.environ.get("BROKERBENCH_OTHER_SERVERS", os.devnull)
SUBJECTS = {
    "redis": ["redis", "redis:durable"],
    "valkey": ["valkey", "valkey:durable"],
    "rabbitmq": ["rabbitmq", "rabbitmq:durable", "rabbitmq:quorum"],
    "sqs": ["sqs", "sqs:durable"],
}
HERE = ("redis-7.0", "rabbitmq-3.10", "sqs", "valkey-9.1")


@pytest.mark.slow
@pytest.mark.timeout(MOST_S + 60)
@pytest.mark.parametrize("name", sorted(path.stem for path in EXPECTED.glob("*.toml")))
def test_a_server_does_what_is_expected_of_it(name: str, tmp_path: Path) -> None:
    software = name.partition("-")[0]
    asked = [*SUBJECTS[software], "--expect", EXPECTED / f"{name}.toml", "--out", tmp_path / "out"]
    run = subprocess.run(
        [sys.executable, "-c", "from bench.start import main; main()", "guarantees", *asked],
        env={**os.environ, **_binary(name, software)},
        capture_output=True,
        text=True,
        timeout=MOST_S,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]


def _binary(name: str, software: str) -> dict[str, str]:
    """Return the variable that names another server than this system's; skip where there is none."""
    if name in HERE:
        return {}
    binary = shutil.which(f"{software}-server", path=OTHERS)
    if binary is None:
        pytest.skip(f"no {name} here: set BROKERBENCH_OTHER_SERVERS to a folder that has {software}-server")
    return {f"BROKERBENCH_{software.upper()}_SERVER": binary}
