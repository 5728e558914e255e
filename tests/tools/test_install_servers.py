"""`make servers` where nothing may be installed: it says what is missing and why, and ends well."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "install-servers.sh"


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("managers", "environment", "why"),
    [
        (["apt-get"], {}, "(installing needs root or sudo)"),
        (["dnf"], {}, "(installing needs root or sudo)"),
        ([], {}, "(there is no apt-get, brew or dnf)"),
        (["apt-get"], {"SERVERS": "skip"}, "(SERVERS=skip)"),
    ],
)
def test_a_server_that_cannot_be_installed_is_named_with_the_reason(
    managers: list[str], environment: dict[str, str], why: str, tmp_path: Path
) -> None:
    program(tmp_path, "id", "echo 1000")
    for name in managers:
        program(tmp_path, name, "exit 1")
    found = subprocess.run(
        [shutil.which("sh") or "sh", SCRIPT, "redis"],
        env={"PATH": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines()[:2] == ["servers: missing: redis", f"servers: still missing: redis {why}"]
    assert "going on without" in found.stdout


def test_a_server_that_a_variable_names_is_not_missing(tmp_path: Path) -> None:
    program(tmp_path, "id", "echo 1000")
    environment = {"PATH": str(tmp_path), "REDIS_URL": "redis://elsewhere"}
    command = [shutil.which("sh") or "sh", SCRIPT, "redis"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert found.stdout == "servers: present: redis\n"
