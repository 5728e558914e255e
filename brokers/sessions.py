"""Processes that lead their own sessions, recorded so that the sessions can be ended.

This is for processes that rewrite their title, and with it their environment, so that no mark is left to find them
by. Redis does so, and a Celery worker if setproctitle is installed.
"""

import json
import os
import time
from pathlib import Path

import psutil

from brokers.processes import kill
from brokers.segments import Creators

__all__ = ["end_sessions", "note_session"]

_POLL_S = 0.02
_SUFFIX = ".session"


def note_session(leader: int, log: Path) -> None:
    """Record, beside its log, a process that was started in its own session."""
    started_s = psutil.Process(leader).create_time()
    log.with_suffix(_SUFFIX).write_text(json.dumps({"leader": leader, "started_s": started_s}))


def end_sessions(directory: Path, wait_s: float = 10.0) -> None:
    """Kill every process of the sessions that were recorded in ``directory`` or below it.

    Their System V segments are removed.
    """
    deadline, creators = time.monotonic() + wait_s, Creators()
    for note in directory.rglob(f"*{_SUFFIX}"):
        while (members := _members(note)) and time.monotonic() < deadline:
            creators.note(members)
            for process in members:
                kill(process)
            time.sleep(_POLL_S)
    creators.remove_segments()


def _members(note: Path) -> list[psutil.Process]:
    """Return the session's live processes; none if another process has the leader's number now."""
    try:
        noted = json.loads(note.read_text())
        leader = psutil.Process(noted["leader"])
        if abs(leader.create_time() - noted["started_s"]) > 1:
            return []
    except (OSError, ValueError, LookupError, TypeError, psutil.Error):
        return []  # gone, or its note is incomplete
    return [process for process in psutil.process_iter() if _is_member(process, leader.pid)]


def _is_member(process: psutil.Process, leader: int) -> bool:
    try:
        same = process.pid == leader or (hasattr(os, "getsid") and os.getsid(process.pid) == leader)
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False
