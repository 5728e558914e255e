"""A real Celery worker with a record of what it ran."""

from __future__ import annotations

from typing import Any

from .application import facts, load, pin
from .pipe import Pipe
from .recorder import Recorder
from .stamps import stamp_worker

__all__ = ["run"]


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Become ``celery worker`` with the job's arguments; tell the harness once it is ready."""
    pin(job["cores"])
    app = load(job)
    from celery import signals  # no earlier than the app: its module may patch things first (gevent does)

    recorder = Recorder(job["records"])
    signals.task_prerun.connect(recorder.started, weak=False)
    signals.task_postrun.connect(recorder.finished, weak=False)
    if "stamps" in job:  # one recorder a directory: its files are named after processes
        stamp_worker(recorder if job["stamps"] == job["records"] else Recorder(job["stamps"]))

    def ready(**_: object) -> None:
        pipe.send(event="ready", facts=facts(app))

    signals.worker_ready.connect(ready, weak=False)
    app.worker_main(["worker", *job["argv"]])
