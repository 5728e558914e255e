"""A run's workspace: directories, marked processes and leased queues, all gone when the run ends.

A second process, the reaper, cleans up if the run is killed before it can.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from brokers.deadline import ANSWER_S, within
from brokers.directories import shared_memory, temporary_directory
from brokers.errors import BrokerUnavailable
from brokers.marks import Mark, end_marked, marking, new_limit, without_limit
from brokers.processes import child_environment
from brokers.protocol import Broker, Lease, Profile, Server
from brokers.secrets import redacted_url
from brokers.sessions import end_sessions
from brokers.writing import full_disk_in_one_line

__all__ = ["RUN_MARK", "Workspace", "open_workspace", "sweep"]

RUN_MARK = "BROKERBENCH_RUN"


@dataclass(frozen=True)
class Workspace:
    """Where a run may put things. ``memory`` is a directory in memory if the system has one."""

    run_id: str
    directory: Path
    memory: Path
    _reaper: "_Reaper"
    _silent: set[str] = field(default_factory=set)
    """The URLs of servers that did not answer when a queue was to be deleted."""

    @contextmanager
    def lease(self, broker: Broker, server: Server, profile: Profile) -> Iterator[Lease]:
        """Yield an empty queue with a unique name, and leave nothing of it on the server.

        Raises BrokerUnavailable if the server does not answer in time. After the run, the reaper tries again to delete
        what is left there.
        """
        whom = f"{broker.name} at {redacted_url(server.url)}"
        name = f"brokerbench-{uuid.uuid4().hex[:12]}"
        lease = within(ANSWER_S, whom, lambda: broker.lease(server.url, profile, name))
        if server.private:  # it goes away as a whole
            yield lease
            return
        self._reaper.keep(broker.name, server.url, lease)
        try:
            yield lease
        finally:
            self._discard(broker, server, lease, whom)

    def _discard(self, broker: Broker, server: Server, lease: Lease, whom: str) -> None:
        if server.url in self._silent:
            raise BrokerUnavailable(f"{whom} did not answer earlier, so {lease.queue} is deleted after the run")
        try:
            within(ANSWER_S, whom, lambda: broker.discard(server.url, lease))
        except BrokerUnavailable:
            self._silent.add(server.url)
            raise
        self._reaper.forget(lease)


@contextmanager
def open_workspace() -> Iterator[Workspace]:
    """Create a run's directories; end its processes and remove the directories afterwards.

    Until then every process that is started from here, directly or not, inherits the run's mark. Raises UsageError if
    TMPDIR cannot be written to, and NotWritten if a disk is full, now or later.
    """
    mark = Mark(RUN_MARK, uuid.uuid4().hex, new_limit())
    name = f"brokerbench-{mark.value[:12]}"
    directory = temporary_directory() / name
    memory = (shared_memory() or directory) / name
    reaper = _Reaper(mark, [str(directory), str(memory)])
    directory.mkdir(mode=0o700)
    memory.mkdir(mode=0o700)
    try:
        with marking(mark), full_disk_in_one_line(directory):
            yield Workspace(mark.value, directory, memory, reaper)
    finally:
        sweep(mark, [str(directory), str(memory)])
        reaper.dismiss()


def sweep(mark: Mark, directories: list[str]) -> None:
    """End every process of a run and remove its directories.

    Both are done twice: a process that a thread of the run is just starting needs its directory, and no more can
    start without it.
    """
    for _ in range(2):
        end_marked(mark)
        for directory in directories:
            end_sessions(Path(directory))
            shutil.rmtree(directory, ignore_errors=True)


class _Reaper:
    """The harness's end of ``brokers/reaper.py``, which cleans up what was not reported as done when it closes."""

    def __init__(self, mark: Mark, directories: list[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "brokers.reaper"],  # -P: a user may have a "brokers" of their own here
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=None if os.isatty(2) else subprocess.DEVNULL,  # a reader of a pipe to its end must not wait for it
            # without the mark of an enclosing run, whose reaper would end ours before it has cleaned up
            env=child_environment({"PYTHONPATH": os.pathsep.join(sys.path)}, without=(RUN_MARK,)),
            start_new_session=True,  # it must outlive Ctrl-C and a killed process group
            text=True,
        )
        without_limit(self._process.pid)
        self._kept, self._lock = set[str](), threading.Lock()
        self._tell(sweep=asdict(mark), directories=directories)

    def keep(self, broker: str, url: str, lease: Lease) -> None:
        """Have the queue deleted in any case."""
        self._kept.add(lease.queue)
        self._tell(broker=broker, url=url, queue=lease.queue, also=lease.also)

    def forget(self, lease: Lease) -> None:
        """Report that the queue is deleted."""
        self._kept.discard(lease.queue)
        self._tell(discarded=lease.queue)

    def dismiss(self) -> None:
        """Report that everything else is done. The reaper continues alone with the queues that are left."""
        self._tell(swept=True)
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        waiting = threading.Thread(target=self._process.wait, daemon=True)
        waiting.start()
        if not self._kept:
            waiting.join()

    def _tell(self, **message: Any) -> None:
        if self._process.stdin is not None:
            with self._lock, suppress(BrokenPipeError):  # it was ended; the run itself cleans up
                self._process.stdin.write(json.dumps(message) + "\n")
                self._process.stdin.flush()
