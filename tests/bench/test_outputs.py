"""What a command is to write is checked before anything is measured; a disk that gets full later is told in a line."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import environment_of
from disks import files_up_to, mounted, unwritable_folder
from sides import made_side

from bench.cli import cli
from bench.records.result import read_result
from brokers.errors import BrokerbenchError, NotWritten, UsageError

NOTES_THAT_IT_STARTED = "#!/bin/sh\ntouch {}\nexit 1\n"
OUTPUTS: dict[str, list[str]] = {
    "compare": ["compare", "redis", "--out"],
    "gate": ["gate", "base", "--out"],
    "gate's Markdown": ["gate", "base", "--markdown"],
    "gate's JUnit": ["gate", "base", "--junit"],
    "gate's Markdown of two": ["gate", "base", "base", "--markdown"],
    "ab": ["ab", "redis", "--b", "kombu==0.0.0.999", "--out"],  # no environment is made either
    "ab's Markdown": ["ab", "redis", "--b", "kombu==0.0.0.999", "--markdown"],
    "ab's JUnit": ["ab", "redis", "--b", "kombu==0.0.0.999", "--junit"],
    "selfcheck": ["selfcheck", "redis", "--out"],
    "guarantees": ["guarantees", "redis", "--out"],
    "guarantees' expectations": ["guarantees", "redis", "--write-expectations"],
    "history": ["history", ".", "--html"],
    "export": ["export", "base", "--format", "csv", "--out"],
}
FOLDERS = {"compare", "gate", "ab", "guarantees"}


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Stand in a folder with a result and a server whose start is noted; say whether it was started."""
    monkeypatch.chdir(tmp_path)
    for name in ("REDIS_URL", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "result.json").write_text(made_side(labels=("redis",)).model_dump_json())
    server = tmp_path / "server"
    server.write_text(NOTES_THAT_IT_STARTED.format(tmp_path / "started"))
    server.chmod(0o700)
    monkeypatch.setenv("BROKERBENCH_REDIS_SERVER", str(server))
    return (tmp_path / "started").exists


def run(*arguments: str) -> int:
    return int(cli([*arguments], standalone_mode=False) or 0)


def refused(kind: type[BrokerbenchError], *arguments: str) -> str:
    with pytest.raises(kind) as told:
        run(*arguments)
    assert "\n" not in told.value.format_message()
    return told.value.format_message()


def test_the_server_of_these_tests_notes_that_it_was_started(started: Callable[[], bool]) -> None:
    with pytest.raises(BrokerbenchError):
        run("compare", "redis", "--out", "out", "--budget", "20s")
    assert started()


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_place_that_nobody_can_write_to_is_refused_before_anything_is_started(
    started: Callable[[], bool], tmp_path: Path, output: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert "cannot write" in refused(UsageError, *OUTPUTS[output], str(unwritable_folder() / "out"))
    assert "cannot write" in refused(UsageError, *OUTPUTS[output], "server/below")
    assert not started()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_full_disk_is_found_out_before_anything_is_started(
    started: Callable[[], bool], tmp_path: Path, output: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    with files_up_to(1000):
        assert "free space on its disk" in refused(NotWritten, *OUTPUTS[output], "out")
    assert not started()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("output", [name for name in OUTPUTS if name not in FOLDERS])
def test_a_link_a_folder_or_a_device_is_not_replaced_by_a_file(
    started: Callable[[], bool], tmp_path: Path, output: str
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for place in ("link", "/dev/full"):
        told = refused(UsageError, *OUTPUTS[output], place)
        assert "it is not a regular file" in told or "exists: use another file" in told
    assert not started()
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("command", [["gate", "base"], ["gate", "base", "base"], ["ab", "redis"]])
def test_a_step_summary_that_cannot_be_written_is_refused_before_anything_is_started(
    started: Callable[[], bool], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "no/summary.md")
    assert "cannot write no/summary.md (No such file" in refused(UsageError, *command)
    assert not started()


def test_the_folder_of_a_second_run_is_looked_at_before_the_first(started: Callable[[], bool], tmp_path: Path) -> None:
    (tmp_path / "out" / "again").mkdir(parents=True)
    (tmp_path / "out" / "again" / "result.json").write_text("precious")
    assert "out/again/result.json exists" in refused(UsageError, "gate", "base", "--out", "out")
    assert not started()
    assert os.listdir("out") == ["again"]


@pytest.mark.parametrize(
    "command",
    [
        ["compare", "redis", "--out", "out"],
        ["gate", "base", "--out", "out"],
        ["ab", "redis", "--out", "out"],
        ["ab", "redis", "--b", "kombu==0.0.0.999"],
        ["bisect", "redis", "--package", "kombu", "--good", "5.3.1", "--bad", "5.3.2"],
        ["releases", "redis", "--package", "kombu", "--out", "out"],
        ["selfcheck", "redis"],
        ["guarantees", "redis", "--out", "out"],
        ["up", "redis"],
    ],
    ids=lambda command: " ".join(command[:3]),
)
def test_a_tmpdir_that_cannot_be_written_to_is_refused_and_not_silently_replaced(
    started: Callable[[], bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    before = sorted(tmp_path.rglob("*"))
    for place in ("nowhere", "server", str(unwritable_folder())):
        monkeypatch.setenv("TMPDIR", place)
        assert f"cannot write to TMPDIR={place} (" in refused(UsageError, *command)
    assert not started()
    assert sorted(tmp_path.rglob("*")) == before


class Measured:
    """Runs ``compare`` on made-up measurements, as a user does; its folder is ``disk/out``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.result = made_side(labels=("redis",), blocks=200)
        (folder / "disk").mkdir()
        (folder / "made.json").write_text(self.result.model_dump_json())
        self.size_bytes = (folder / "made.json").stat().st_size

    def run(self, *before: str, limit_bytes: int | None = None) -> str:
        """Run it in what comes ``before`` a command, with files of at most that size; return its one line."""

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes or -1, -1))

        environment = environment_of(self.folder, MADE_RESULTS="made.json")
        environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        program = "import instead_of_measuring; from bench.start import main; main()"
        command = [sys.executable, "-c", program, "compare", "redis", "--out", "disk/out"]
        run = subprocess.run(
            [*before, *command],
            cwd=self.folder,
            env=environment,
            preexec_fn=limit,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 3, run.stdout + run.stderr
        assert "Traceback" not in run.stderr
        (line,) = run.stderr.splitlines()
        return line


@pytest.fixture
def made(tmp_path: Path) -> Measured:
    return Measured(tmp_path)


def test_a_disk_that_gets_full_during_a_run_leaves_a_whole_result_and_one_line(made: Measured) -> None:
    assert made.run(limit_bytes=made.size_bytes // 2) == (
        "Error: cannot write disk/out/result.json (File too large): free space on its disk; "
        "all earlier blocks are kept in it"
    )
    out = made.folder / "disk" / "out"
    assert json.loads((out / "result.json").read_text())["blocks"]
    kept = read_result(out).blocks
    assert kept == made.result.blocks[: len(kept)]
    assert 0 < len(kept) < len(made.result.blocks)
    assert os.listdir(out) == ["result.json"]


def test_a_disk_without_room_for_a_second_copy_keeps_every_block(made: Measured) -> None:
    then_look = ["sh", "-c", '"$@"; code=$?; cp -r disk seen; exit $code', "sh"]
    line = made.run(*mounted(f"-t tmpfs -o size={round(1.5 * made.size_bytes)} none disk"), *then_look)
    assert line == (
        "Error: cannot write disk/out/result.json (No space left on device): free space on its disk; "
        "all blocks are kept in it, without the figures"
    )
    out = made.folder / "seen" / "out"
    assert json.loads((out / "result.json").read_text())["blocks"]
    assert read_result(out).blocks == made.result.blocks
    assert os.listdir(out) == ["result.json"]
