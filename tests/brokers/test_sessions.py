"""Processes that no mark is left to find by, as one that rewrites its title is, end with their session."""

import json
from pathlib import Path

import psutil
import pytest
from support import is_alive

from brokers.sessions import end_sessions, note_session


@pytest.fixture
def unmarked(tmp_path: Path) -> psutil.Popen:
    """Start a process in a session of its own, with a child, both with an empty environment."""
    process = psutil.Popen(["/bin/sh", "-c", "sleep 60 & echo $!; wait"], env={}, stdout=-1, start_new_session=True)
    with process.stdout:
        process.child = psutil.Process(int(process.stdout.readline()))
    yield process
    for member in (process.child, process):
        if is_alive(member):
            member.kill()
    process.wait()


def test_a_noted_session_ends_with_all_its_processes(unmarked: psutil.Popen, tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    note_session(unmarked.pid, tmp_path / "redis" / "server.log")
    end_sessions(tmp_path)
    assert not is_alive(unmarked)
    assert not is_alive(unmarked.child)


def test_a_process_that_got_the_number_later_is_not_ended(unmarked: psutil.Popen, tmp_path: Path) -> None:
    note_session(unmarked.pid, tmp_path / "server.log")
    note = tmp_path / "server.session"
    note.write_text(json.dumps({"leader": unmarked.pid, "started_s": unmarked.create_time() - 60}))
    end_sessions(tmp_path)
    assert is_alive(unmarked)


@pytest.mark.parametrize("text", ["", '{"leader": 1', "[]", "{}"])
def test_a_note_that_is_not_whole_ends_nothing(unmarked: psutil.Popen, tmp_path: Path, text: str) -> None:
    (tmp_path / "server.session").write_text(text)
    end_sessions(tmp_path)
    assert is_alive(unmarked)
