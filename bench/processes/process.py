"""The harness's end of a subject's process: starts it, talks to it, stops, continues and ends it."""

import json
import math
import os
import queue
import re
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from bench.processes import platform
from bench.processes.errors import CallsDropped, SubjectFailed, WrongApp
from brokers.outside import safe_line, safe_text, safe_values
from brokers.processes import CI_CREDENTIALS, child_environment
from brokers.secrets import keep_paths
from brokers.sessions import note_session

__all__ = ["SubjectProcess", "raise_error", "repeated_messages"]

_SUBJECT = Path(__file__).parent.parent / "subject"
_TAIL_BYTES = 16_384
_FRAME = re.compile(r'\s*File "(?P<path>[^"]+)", line (?P<line>\d+)')
_COMPLAINT = re.compile(r"^[\w.]*\w(Error|Exception|Disallowed|Refused)\b|\b(ERROR|CRITICAL)\b")
_LAST_WORDS_S = 1.0


class SubjectProcess:
    """One process of a subject, in its own session, run by the subject's interpreter.

    The job goes through its standard input, because it contains the server's URL. Raises SubjectFailed, with the
    end of the process's log, whenever the process does not do what it should.
    """

    def __init__(
        self, interpreter: str, job: dict[str, Any], log: Path, hash_seed: int, until_s: float = math.inf
    ) -> None:
        """Start the process. No wait for it lasts beyond ``until_s`` of the monotonic clock.

        With ``traceback`` in the job, an error contains the end of the log with every frame in it.
        """
        self._log, self._traceback, self._folders = log, job.get("traceback"), job.get("import_path", [])
        self._started_s, self._until_s = time.monotonic(), until_s
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        own = {"PYTHONHASHSEED": str(hash_seed), "TMPDIR": str(log.parent)}  # a killed worker leaves its files there
        # a user's app may read any variable, and overrides Celery's own when it is loaded
        celerys = () if job.get("keeps_configuration") else ("CELERY_", "REMAP_SIGTERM")
        environment = child_environment(own, without=(*celerys, *CI_CREDENTIALS))
        try:
            with log.open("wb") as errors:
                self._process = subprocess.Popen(
                    [interpreter, str(_SUBJECT)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=environment,
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
        """Return the process's PID, by which its resource usage is read."""
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
        """Wait until it reports that it is ready, within that time of its start, and return the reported facts."""
        facts: dict[str, Any] = self.receive(self._started_s + within_s - time.monotonic())["facts"]
        return facts

    def hear(self, timeout_s: float) -> dict[str, Any] | None:
        """Wait for one message, and return it, or None if none arrives. Texts of the app in it are safe to show."""
        try:
            line = self._lines.get(timeout=max(0.0, min(timeout_s, self._until_s - time.monotonic())))
        except queue.Empty:
            return None
        if not line:
            raise self._failure("ended")
        told = json.loads(line)
        if told.get("wrong_app"):  # our own sentence about the names of modules and tasks
            keep_paths(str(told["reason"]))
        answer: dict[str, Any] = safe_values(told)
        if answer.get("event") == "failed":
            raise self._told(answer)
        return answer

    def ask(self, timeout_s: float, **message: Any) -> dict[str, Any]:
        """Send one message, wait for the answer, and return it."""
        self.send(**message)
        return self.receive(timeout_s)

    def check(self) -> None:
        """Raise SubjectFailed if the process has ended."""
        if self._process.poll() is not None:
            raise self._failure("ended")

    def stop(self) -> None:
        """Stop the process and its children where they are."""
        self._signal(platform.stop_group)

    def go_on(self) -> None:
        """Let the stopped processes continue."""
        self._signal(platform.continue_group)

    def signal_leader(self, number: int) -> None:
        """Send a signal to the process alone, as when somebody shuts a worker down."""
        self.check()
        self._process.send_signal(number)

    def wait_ended(self, timeout_s: float) -> bool:
        """Return True if the process ended by itself in time."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
            return True
        return False

    def children(self) -> int:
        """Return how many processes that it started are running."""
        try:
            children = psutil.Process(self._process.pid).children()
            return sum(child.status() != psutil.STATUS_ZOMBIE for child in children)
        except psutil.NoSuchProcess:
            return self.children() if self._process.poll() is None else 0

    def kill_group(self) -> None:
        """Kill the process and its children all at once, as when a container ends."""
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
        """Return the last line of its log, called that, without secrets; empty if there is none.

        It may have nothing to do with what went wrong, so a reader must know where it comes from.
        """
        return next((f"last log line: {safe_line(line)}" for line in reversed(self._lines_of_log())), "")

    def complaint(self) -> str:
        """Return the last line of its log that is an exception or an error, called that; empty if there is none."""
        lines = (line.strip() for line in reversed(self._lines_of_log()))
        return next((f"last error: {safe_line(line)}" for line in lines if _COMPLAINT.search(line)), "")

    def _lines_of_log(self) -> list[str]:
        """Return its last lines, safe to show; a secret may span several of them."""
        with self._log.open("rb") as log:
            left_out = log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            tail = log.read().decode(errors="replace")
        if left_out:  # the first line may lack the part that marks something in it as a secret
            tail = tail.partition("\n")[2]
        return [line for line in safe_text(tail).splitlines() if line.strip()]

    def _told(self, answer: dict[str, Any]) -> SubjectFailed:
        """Return the error whose reason the process itself reported."""
        reason = safe_line(answer["reason"])
        if answer["wrong_app"]:
            return WrongApp(reason + self._tail())
        return SubjectFailed(f"its {self._log.stem} failed: {reason}{self._tail()}")

    def _failure(self, what: str) -> SubjectFailed:
        with suppress(subprocess.TimeoutExpired):  # it may close its pipe before it writes its last words
            what = f"{what} with code {self._process.wait(_LAST_WORDS_S)}"
        last = self.last_words()
        reason = f": {last}{self._users_place()}" if last else ""
        return SubjectFailed(f"its {self._log.stem} {what}{reason}{self._tail()}")

    def _users_place(self) -> str:
        """Return the last line of the app's own files in a traceback at the end of the log, in parentheses."""
        for line in reversed(self._lines_of_log()):
            if frame := _FRAME.match(line):
                path = Path(frame["path"])
                for folder in filter(path.is_relative_to, self._folders):
                    if "site-packages" not in path.parts:
                        return f" ({path.relative_to(folder)}, line {frame['line']})"
            elif line.startswith("Traceback "):
                break
        return ""

    def _tail(self) -> str:
        """Return the end of the log, if it was asked for, on lines of its own."""
        return "".join(f"\n  {line}" for line in self._lines_of_log()) if self._traceback else ""


def raise_error(answer: dict[str, Any], what: str) -> None:
    """Raise SubjectFailed if the answer contains an error, with how much was done before it."""
    if "error" in answer:
        raise SubjectFailed(f"{what} failed after {len(answer['done'])} calls: {answer['error']}")


def repeated_messages(answer: dict[str, Any]) -> int:
    """Return how many messages beyond one for each call were sent. Raises CallsDropped if there were fewer."""
    calls = len(answer["done"])
    messages: int = answer.get("messages", calls)
    if messages < calls:
        raise CallsDropped(calls=calls, messages=messages, around=answer.get("around", ()))
    return messages - calls if "error" not in answer else 0  # the message of the failed call may have been sent


def _close(pipe: Any) -> None:
    with suppress(OSError):  # nobody reads what was not written yet
        pipe.close()
