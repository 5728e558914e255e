"""The command on a real server: played, gone on with, explained, and interrupted."""

import io
import os
import signal
from pathlib import Path

import click
from commands import brokerbench, leftovers, start_brokerbench
from rich.console import Console
from support import eventually

from bench.commands.breaking import Request, explain, run
from bench.records.matrix import read_matrix


def test_a_real_cell_is_played_explained_and_gone_on_with(tmp_path: Path) -> None:
    asked = ("guarantees", "redis", "--only", "child-killed-late", "--repeats", "1", "--out", "out")
    answer = brokerbench(*asked, "--write-expectations", "mine.toml", cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "1 of 1: redis, child-killed-late: kept" in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80
    (cell,) = read_matrix(tmp_path / "out").cells
    assert cell.attempts[0].duplicated == [0]
    left, console = Request(resumed=tmp_path / "out", expected=tmp_path / "mine.toml"), Console(file=io.StringIO())
    with click.Context(click.Command("guarantees")):
        assert run(left, console) == 0
        assert explain(Request(out=tmp_path / "out"), "child-killed-late", console) == 0
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert f"1 of 1 cell as expected by {tmp_path / 'mine.toml'}" in told
    assert "> the child is killed (SIGKILL)" in told
    assert "Task 0 was accepted, started twice and finished once" in told
    assert not leftovers(tmp_path)


def test_ctrl_c_keeps_the_matrix_and_leaves_nothing_else(tmp_path: Path) -> None:
    faults = ("--only", "child-killed-late", "--only", "task-outlives-visibility")
    running = start_brokerbench("guarantees", "redis", *faults, "--repeats", "1", "--out", "out", cwd=tmp_path)
    assert running.stdout is not None
    while line := running.stdout.readline():
        if line.startswith("1 of 2: "):
            break
    assert line, "it ended before its first cell"
    os.kill(running.pid, signal.SIGINT)
    rest = running.communicate(timeout=30)[0]
    assert running.returncode == 130, rest
    matrix = read_matrix(tmp_path / "out")
    assert (matrix.status, len(matrix.cells)) == ("interrupted", 1)
    assert "! interrupted: 1 of 2 cells have not run" in rest
    assert eventually(lambda: not leftovers(tmp_path), 5), leftovers(tmp_path)
