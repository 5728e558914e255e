"""A private server's process: starts, watches, breaks and ends it.

A private server holds nothing worth keeping, so it is ended by SIGKILL, with everything that it started. Its
processes are found by their parents as well: a server may give each a title, which hides a mark, and a session.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from brokers.deadline import within
from brokers.errors import BrokerUnavailable
from brokers.marks import Mark, end_marked
from brokers.processes import kill
from brokers.secrets import redacted
from brokers.segments import Creators
from brokers.sessions import end_sessions, note_session

__all__ = ["SERVER_MARK", "ServerProcess", "as_owner"]

SERVER_MARK = "BROKERBENCH_SERVER"
_TAIL_LINES = 12
_POLL_S = 0.05
_ENDING_S = 10.0


@dataclass(kw_only=True)
class ServerProcess:
    """A server in ``directory``. It can be killed and started again there, on the same port and with its files.

    ``ready`` raises until the server answers. Each of its processes carries ``mark`` in its environment, or is in its
    session, or descends from the first. ``secret`` is hidden in errors. If this is root, the server runs as the
    owner of its directory, because some refuse to run as root.
    """

    command: Sequence[str]
    directory: Path
    ready: Callable[[], object]
    environment: Mapping[str, str]
    mark: str
    secret: str = ""
    standard_input: Path | None = None
    timeout_s: float = 60.0
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """Return the process's PID; its children belong to the server, too. None if it was never started."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        """Return the file that contains what it prints."""
        return self.directory / "server.log"

    def start(self) -> None:
        """Start it, and wait until it answers. Raises BrokerUnavailable with the tail of its log."""
        try:
            with self.log.open("ab") as output, open(self.standard_input or os.devnull, "rb") as given:
                self._process = process = subprocess.Popen(
                    self.command,
                    cwd=self.directory,
                    env=dict(self.environment),
                    stdin=given,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    **as_owner(self.directory),
                )
        except OSError as error:
            raise BrokerUnavailable(f"cannot start {self.command[0]}: {error.strerror}") from error
        note_session(process.pid, self.log)
        self._wait_until_ready(process)

    def kill(self) -> None:
        """End it by SIGKILL, with everything that it started; do nothing if it is not running."""
        if self._process is None:
            return
        family, creators = _descendants(self._process.pid), Creators()
        with suppress(psutil.Error):
            creators.note([psutil.Process(self._process.pid), *family])
        self._process.kill()  # first the one that clients connect to, if there is only one
        for child in family:
            kill(child)
        end_marked(Mark(SERVER_MARK, self.mark))
        end_sessions(self.directory)
        _wait_until_ended(family)
        self._process.wait()
        creators.remove_segments()

    def stop(self) -> None:
        """Stop its processes where they are. Connections to it stay open, and new ones are still accepted."""
        self._signal("SIGSTOP")

    def go_on(self) -> None:
        """Resume its stopped processes."""
        self._signal("SIGCONT")

    def _signal(self, name: str) -> None:
        if self._process and hasattr(os, "killpg"):
            os.killpg(self._process.pid, getattr(signal, name))
            for child in _descendants(self._process.pid):
                with suppress(psutil.Error):
                    child.send_signal(getattr(signal, name))

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + self.timeout_s
        while True:
            code = process.poll()
            if code is not None:
                raise BrokerUnavailable(
                    f"the server ended with code {code} while booting; its log ends:\n{self._tail()}"
                )
            try:
                within(max(_POLL_S, deadline - time.monotonic()), "the server", self.ready)
            except Exception as error:
                if time.monotonic() > deadline:
                    raise BrokerUnavailable(
                        f"the server did not answer within {self.timeout_s:.0f} s; its log ends:\n{self._tail()}"
                    ) from error
                time.sleep(_POLL_S)
            else:
                return

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").replace(self.secret or "\0", "***").splitlines()
        return redacted("\n".join(f"  {line}" for line in lines[-_TAIL_LINES:] if line.strip())) or "  (empty)"


def as_owner(directory: Path) -> dict[str, Any]:
    """Return the arguments with which ``subprocess``, if this is root, starts a program as the directory's owner."""
    owner = directory.stat()
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or owner.st_uid == 0:
        return {}
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}


def _wait_until_ended(processes: list[psutil.Process]) -> None:
    """Wait until none of these runs; one that nobody has asked about yet does not."""
    deadline = time.monotonic() + _ENDING_S
    while any(map(_runs, processes)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _descendants(pid: int) -> list[psutil.Process]:
    """Return the processes that a live process started, and those that they started."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
