"""A mistake of the program's own is one line and an exit code of its own: 1 would mean "regressed"."""

import sys
from pathlib import Path

import click
import pytest

from bench import cli, start
from bench.commands.crash import crash_line


def test_a_crash_ends_with_a_code_of_its_own_and_one_line_that_names_the_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def fails() -> None:
        raise KeyError("redis://user:hunter2@host\nsecond line\x1b[31m")

    monkeypatch.setattr(cli, "cli", fails)
    monkeypatch.setattr(start, "end_soon_when_interrupted", lambda: None)
    monkeypatch.setattr("threading.excepthook", None)  # which the command sets
    monkeypatch.setattr(sys, "argv", ["brokerbench"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        start.main()
    assert ended.value.code == 70
    (written,) = tmp_path.iterdir()
    assert written.stat().st_mode & 0o077 == 0
    told = capsys.readouterr().err
    assert told.startswith("Error: KeyError: ")
    assert told.endswith(f"report it with {written}\n")
    assert told.count("\n") == 1
    assert "Traceback" in written.read_text()
    assert "hunter2" not in told + written.read_text()


def test_where_no_traceback_can_be_written_the_line_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    told = crash_line(ValueError("x"))
    assert told.startswith("ValueError: x: this is a bug in brokerbench")
    assert "No such file or directory" in told
