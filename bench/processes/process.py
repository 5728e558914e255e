"""The harness's end of a subject's process: starts it, talks to it, stops, continues and ends it."""

import json
import math
import os
import queue
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.processes import platform
from bench.processes.errors import SubjectFailed
from brokers.outside import safe_line, safe_text, safe_values
from brokers.processes import CI_CREDENTIALS, child_environment
from brokers.sessions import note_session

__all__ = ["SubjectProcess", "raise_error"]

_SUBJECT = Path(__file__).parent.parent / "subject"
_CONFIGURATION = "CELERY_CONFIG_MODULE"  # names an app's own; Celery's other variables would go before ours
_TAIL_LINES = 8
_TAIL_BYTES = 16_384
_LAST_WORDS_S = 1.0


class SubjectProcess:
    """One process of a subject, in a session of its own, run by the subject's interpreter.

    The job goes through its standard input, because it holds the server's URL. Raises SubjectFailed, with the
    end of the process's log, whenever it does not do what it was told.
    """

    def __init__(
        self, interpreter: str, job: dict[str, Any], log: Path, hash_seed: int, until_s: float = math.inf
    ) -> None:
        """Start the process. Nothing of it is waited for beyond ``until_s`` of the monotonic clock."""
        self._log = log
        self._started_s, self._until_s = time.monotonic(), until_s
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        own = {"PYTHONHASHSEED": str(hash_seed), "TMPDIR": str(log.parent)}  # a killed worker leaves its files there
        if module := os.environ.get(_CONFIGURATION):
            own[_CONFIGURATION] = module
        environment = child_environment(own, without=("CELERY_", *CI_CREDENTIALS))
        try:
            with log.open("wb") as errors:
                self._process = subprocess.Popen(
                    [interpreter, str(_SUBJECT)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=environment,
                    cwd=log.parent,
                    start_new_session=True,
                    text=True,
                    encoding="utf-8",
                )
        except OSError as error:
            raise SubjectFailed(f"cannot start {interpreter}: {error.strerror}") from error
        note_session(self._process.pid, log)
        threading.Thread(target=self._read, daemon=True).start()
        self.send(**job)

    @property
    def pid(self) -> int:
        """Return the number of the process, by which what it uses is read."""
        return self._process.pid

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put("")

    def send(self, **message: Any) -> None:
        """Send one message."""
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(message) + "\n")
                self._process.stdin.flush()
        except (BrokenPipeError, OSError):
            raise self._failure("ended") from None

    def receive(self, timeout_s: float) -> dict[str, Any]:
        """Wait for one message."""
        begin_s = time.monotonic()
        answer = self.hear(timeout_s)
        if answer is None:
            raise self._failure(f"did not answer within {time.monotonic() - begin_s:.0f} s")
        return answer

    def wait_until_ready(self, within_s: float) -> dict[str, Any]:
        """Wait until it says that it is ready, counted from its start, and return the facts that it tells."""
        facts: dict[str, Any] = self.receive(self._started_s + within_s - time.monotonic())["facts"]
        return facts

    def hear(self, timeout_s: float) -> dict[str, Any] | None:
        """Wait for one message, which may stay out: give None then. What the app says in it is safe to show."""
        try:
            line = self._lines.get(timeout=max(0.0, min(timeout_s, self._until_s - time.monotonic())))
        except queue.Empty:
            return None
        if not line:
            raise self._failure("ended")
        answer: dict[str, Any] = safe_values(json.loads(line))
        return answer

    def ask(self, timeout_s: float, **message: Any) -> dict[str, Any]:
        """Send one message and wait for the answer to it."""
        self.send(**message)
        return self.receive(timeout_s)

    def check(self) -> None:
        """Raise SubjectFailed when the process is no more."""
        if self._process.poll() is not None:
            raise self._failure("ended")

    def stop(self) -> None:
        """Stop the process and its children where they are."""
        self._signal(platform.stop_group)

    def go_on(self) -> None:
        """Let the stopped processes go on."""
        self._signal(platform.continue_group)

    def signal_leader(self, number: int) -> None:
        """Send a signal to the process alone, as one who shuts a worker down does."""
        self.check()
        self._process.send_signal(number)

    def wait_ended(self, timeout_s: float) -> bool:
        """Return whether the process ended by itself in time."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
            return True
        return False

    def kill_group(self) -> None:
        """Kill the process and its children at one blow, as the end of a container does."""
        self._signal(platform.kill_group)
        self._process.wait()

    def end(self) -> None:
        """Kill the process and its children, and wait until they are gone."""
        platform.end_group(self._process)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _close(pipe)

    def _signal(self, send: Any) -> None:
        try:
            send(self._process.pid)
        except ProcessLookupError:
            raise self._failure("ended") from None

    def last_words(self) -> str:
        """Return the last line of its log, without secrets."""
        return next((safe_line(line) for line in reversed(self._lines_of_log())), "")

    def _lines_of_log(self) -> list[str]:
        """Return its last lines, safe to show; a secret may go over several of them."""
        with self._log.open("rb") as log:
            left_out = log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            tail = log.read().decode(errors="replace")
        if left_out:  # of the first line, what says that something in it is a secret may be missing
            tail = tail.partition("\n")[2]
        return [line for line in safe_text(tail).splitlines() if line.strip()]

    def _failure(self, what: str) -> SubjectFailed:
        with suppress(subprocess.TimeoutExpired):  # it may close its pipe before it writes its last words
            what = f"{what} with code {self._process.wait(_LAST_WORDS_S)}"
        lines = self._lines_of_log()
        reason = f": {lines[-1].strip()}" if lines else ""
        tail = "".join(f"\n  {line}" for line in lines[-_TAIL_LINES:-1])
        return SubjectFailed(f"its {self._log.stem} {what}{reason}{tail}")


def raise_error(answer: dict[str, Any], what: str) -> None:
    """Raise SubjectFailed if the answer tells an error, with what was done before it."""
    if "error" in answer:
        raise SubjectFailed(f"{what} failed after {len(answer['done'])} calls: {answer['error']}")


def _close(pipe: Any) -> None:
    with suppress(OSError):  # what was not written yet has no reader any more
        pipe.close()
