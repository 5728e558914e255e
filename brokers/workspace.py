"""A run's own place: directories, marked processes and leased queues, all gone when the run ends.

A second process, the reaper, does the same when the run is killed before it could.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brokers.processes import child_environment, end_marked
from brokers.protocol import Broker, Lease, Profile, Server
from brokers.sessions import end_sessions

__all__ = ["RUN_MARK", "Workspace", "open_workspace", "sweep"]

RUN_MARK = "BROKERBENCH_RUN"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a fixed place on Linux, in which a random name is made


@dataclass(frozen=True)
class Workspace:
    """Where a run may put things. ``memory`` lies in memory where the system has such a place."""

    run_id: str
    directory: Path
    memory: Path
    _reaper: "_Reaper"

    @contextmanager
    def lease(self, broker: Broker, server: Server, profile: Profile) -> Iterator[Lease]:
        """Give an empty queue of a unique name, and leave nothing of it on the server."""
        lease = broker.lease(server.url, profile, f"brokerbench-{uuid.uuid4().hex[:12]}")
        if server.private:  # it goes away as a whole
            yield lease
            return
        self._reaper.tell(broker=broker.name, url=server.url, queue=lease.queue, also=lease.also)
        try:
            yield lease
        finally:
            broker.discard(server.url, lease)


@contextmanager
def open_workspace() -> Iterator[Workspace]:
    """Make a run's directories; end its processes and remove the directories afterwards.

    Until then every process started from here, by whomever, inherits the run's mark.
    """
    run_id = uuid.uuid4().hex
    name = f"brokerbench-{run_id[:12]}"
    directory = Path(tempfile.gettempdir()).resolve() / name
    memory = (_SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else directory) / name
    reaper = _Reaper()
    reaper.tell(run_id=run_id, directories=[str(directory), str(memory)])
    directory.mkdir(mode=0o700)
    memory.mkdir(mode=0o700)
    outer = os.environ.get(RUN_MARK)
    os.environ[RUN_MARK] = run_id
    try:
        yield Workspace(run_id, directory, memory, reaper)
    finally:
        if outer is None:
            del os.environ[RUN_MARK]
        else:
            os.environ[RUN_MARK] = outer
        sweep(run_id, [str(directory), str(memory)])
        reaper.dismiss()


def sweep(run_id: str, directories: list[str]) -> None:
    """End every process of a run and remove its directories."""
    end_marked(RUN_MARK, run_id)
    for directory in directories:
        end_sessions(Path(directory))
        shutil.rmtree(directory, ignore_errors=True)


class _Reaper:
    """The harness's end of ``brokers/reaper.py``: it acts when this pipe closes without a dismissal."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "brokers.reaper"],  # -P: a user may have a "brokers" of their own here
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # without the mark of a run around this one, whose reaper would end ours before it has cleaned up
            env=child_environment({"PYTHONPATH": os.pathsep.join(sys.path)}, without=(RUN_MARK,)),
            start_new_session=True,  # Ctrl-C and a killed process group are what it is there for
            text=True,
        )

    def tell(self, **message: Any) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def dismiss(self) -> None:
        with suppress(BrokenPipeError):  # somebody ended it, and there is nothing left for it to do
            self.tell(done=True)
        self._process.communicate()
