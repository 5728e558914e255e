"""Relays in a process of their own, where nothing but pieces takes their time."""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.records.distance import Distance
from bench.relay.passed import Passed
from bench.relay.relay import LOOPBACK
from brokers.errors import BrokerUnavailable
from brokers.processes import child_environment
from brokers.sessions import note_session

__all__ = ["RelayApart", "RelayProcess"]

_PATIENCE_S = 10.0
_ANSWER_S = 30.0  # for an answer, of a process that may have to start first


class RelayProcess:
    """A process with any number of relays, from its first use until the block ends. ``log`` is the file of its errors.

    It runs on the cores of the process that uses it first. Any thread may use it.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process:
            with suppress(OSError, subprocess.TimeoutExpired):
                process.communicate(timeout=_PATIENCE_S)  # closes its input, which ends it
            process.kill()  # nothing, if it has ended
            process.wait()

    @property
    def pid(self) -> int | None:
        """Return its PID; None before its first use."""
        process = self._process
        return process.pid if process else None

    def relay(self, host: str, port: int, seed: int) -> "RelayApart":
        """Return a new relay to that server; it adds no distance yet."""
        answer = self.ask(do="open", host=host, port=port, seed=seed)
        return RelayApart(self, answer["port"])

    def ask(self, **question: Any) -> dict[str, Any]:
        """Return the answer to a question. Raises BrokerUnavailable if the process has ended or hangs, or it failed."""
        with self._lock:
            process = self._process = self._process or self._start()
            line = _answer(process, json.dumps(question))
        if not line:
            raise BrokerUnavailable(f"the relay ended{_last_words(self._log)}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BrokerUnavailable(answer["error"])
        return answer

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "bench.relay"],  # -P: a user may have a "bench" of their own here
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=child_environment({"PYTHONPATH": os.pathsep.join(sys.path)}),
                start_new_session=True,
                text=True,
            )
        note_session(process.pid, self._log)
        return process


class RelayApart:
    """A relay in that process, at ``host`` and ``port``, until the process ends."""

    def __init__(self, process: RelayProcess, port: int) -> None:
        self.host, self.port = LOOPBACK, port
        self._process = process

    @property
    def pid(self) -> int | None:
        """Return the process's PID; None if it has ended."""
        return self._process.pid

    def set_distance(self, distance: Distance, own_ns: int = 0) -> None:
        """Put the server at this distance; ``own_ns`` of a round trip are the relay's own, and are not added."""
        self._process.ask(do="set", relay=self.port, distance=distance.model_dump(), own_ns=own_ns)

    def passed(self) -> Passed:
        """Return what passed since this was last asked, or since the start."""
        answer = self._process.ask(do="read", relay=self.port)
        late_us = {int(late_us): pieces for late_us, pieces in answer.pop("late_us").items()}
        return Passed(late_us=late_us, **answer)


def _answer(process: subprocess.Popen[str], question: str) -> str:
    """Return the line that answers; empty if the process has ended, or is killed because it does not answer."""
    line, overdue = "", threading.Timer(_ANSWER_S, process.kill)
    overdue.daemon = True
    overdue.start()
    if process.stdin and process.stdout:
        with suppress(BrokenPipeError):
            process.stdin.write(question + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
    overdue.cancel()
    return line


def _last_words(log: Path) -> str:
    """Return the last line of its errors, with a colon; empty if it wrote none."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return f": {lines[-1]}" if lines else ""
