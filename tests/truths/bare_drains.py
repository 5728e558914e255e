"""What its record costs a worker: drains of one with the harness's signals against those of one without any."""

import random
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from math import log
from pathlib import Path
from shlex import quote
from typing import Any

from celery import Celery
from ground import Ground
from slowed import write_program

from bench.processes.process import SubjectProcess
from bench.subject.recorder import task_id

__all__ = ["recorded_over_bare"]

_HERE = Path(__file__).parent
_TASKS = 300
_PREFETCH = 4  # may lie in the worker before it is let go
_START_S, _DRAIN_S, _POLL_S = 60.0, 60.0, 0.005
_OPTIONS = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")


@dataclass
class Drained:
    """A worker that is stopped but while it drains; both ends of a drain are tasks that note the time."""

    process: SubjectProcess
    app: Celery
    directory: Path
    _sent: int = field(default=0)

    def drain_ns(self, tasks: int) -> int:
        """Return the time between the two notes around the tasks."""
        notes = self.directory / uuid.uuid4().hex
        notes.touch()
        self._send(_PREFETCH, "truths_app.noop")
        self._send(1, "truths_app.mark", str(notes))
        self._send(tasks, "truths_app.noop")
        self._send(1, "truths_app.mark", str(notes))
        self.process.go_on()
        begin_ns, end_ns = self._wait(notes)
        self.process.stop()
        return end_ns - begin_ns

    def _send(self, count: int, task: str, *args: str) -> None:
        for _ in range(count):
            self.app.send_task(task, args, task_id=task_id(self._sent))
            self._sent += 1

    def _wait(self, notes: Path) -> list[int]:
        deadline_s = time.monotonic() + _DRAIN_S
        while len(lines := notes.read_text().splitlines()) < 2:
            self.process.check()
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"a drain did not end within {_DRAIN_S:.0f} s")
            time.sleep(_POLL_S)
        return list(map(int, lines))


def recorded_over_bare(ground: Ground, end_s: float, rng: random.Random) -> list[float]:
    """Return the logarithms of the blocks' ratios of tasks a second, recorded over bare, of two fresh workers.

    They are measured until ``end_s`` of the monotonic clock.
    """
    bare = write_program(ground.workspace.directory / "bare", f"exec {quote(sys.executable)} {_HERE / 'unrecorded.py'}")
    with ExitStack() as ends:
        workers = [ends.enter_context(_worker(ground, interpreter)) for interpreter in (sys.executable, bare)]
        for worker in workers:
            worker.process.receive(_START_S)
            worker.process.stop()
        for worker in workers:
            worker.drain_ns(_TASKS)
        ratios: list[float] = []
        while not ratios or time.monotonic() < end_s:
            taken = {place: workers[place].drain_ns(_TASKS) for place in rng.sample(range(2), 2)}
            ratios.append(log(taken[1] / taken[0]))
        return ratios


@contextmanager
def _worker(ground: Ground, interpreter: str) -> Iterator[Drained]:
    with ground.queue() as lease:
        directory = ground.workspace.memory / lease.queue
        directory.mkdir()
        app = Celery(set_as_current=False)
        app.config_from_object(ground.settings(lease))
        argv = ["--pool", "prefork", "--concurrency", "1", "--queues", lease.queue, *_OPTIONS]
        job: dict[str, Any] = {
            "role": "worker",
            "cores": list(ground.cores.subjects),
            "import_path": [str(_HERE)],
            "app": "truths_app:app",
            "task": "truths_app.noop",
            "settings": ground.settings(lease),
            "records": str(directory),
            "argv": argv,
        }
        process = SubjectProcess(interpreter, job, directory / "worker.log", 0)
        try:
            yield Drained(process, app, directory)
        finally:
            process.end()
            app.close()
