"""Stands in for Celery, for a ceiling's figures: the raw client, or kombu alone, does the same operations.

It enqueues messages with the same bytes that Celery publishes for the job's task, and takes and acknowledges them.
"""

from __future__ import annotations

import time
from contextlib import closing
from itertools import islice
from typing import Any

from .answering import serve, time_calls
from .application import facts, load, pin
from .kombu_alone import KombuClient
from .messenger import Messenger
from .pipe import Pipe
from .raw_alone import RawAlone
from .recorder import task_id

__all__ = ["run"]


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Do what the harness commands until it closes the connection."""
    pin(job["cores"])
    app = load(job)
    pipe.send(event="ready", facts=facts(app, job))
    serve(pipe, _StandIn(app, job).answer)


class _StandIn:
    """Opens its messenger at the first command, so that a failure to open is an answer."""

    def __init__(self, app: Any, job: dict[str, Any]) -> None:
        self._app = app
        self._job = job
        self._messenger: Messenger | None = None

    def answer(self, command: dict[str, Any], done: list[int]) -> dict[str, Any]:
        messenger = self._messenger = self._messenger or _open(self._app, self._job)
        if command["do"] == "drain":
            return {"duration_ns": _drain(messenger, command["count"]), "tasks": command["count"]}
        if command["do"] == "enqueue":
            time_calls(messenger.send, command["calls"], done)
        else:
            _preload(messenger, command["count"], done)
        return {"done": done}


def _open(app: Any, job: dict[str, Any]) -> Messenger:
    """Return the job's messenger, which has taken one real message from Celery as its template."""
    task = app.tasks[job["task"]]

    def publish(producer: Any) -> None:
        task.apply_async(job["args"], job["kwargs"], task_id=task_id(0), producer=producer)

    if job["layer"] == "kombu":
        return KombuClient(app, publish)
    if not job["raw_client"]:
        raise LookupError("the broker names no raw client")
    return RawAlone(app, publish, job["raw_client"])


def _preload(messenger: Messenger, count: int, sent: list[int]) -> None:
    for number in range(count):
        messenger.send()
        sent.append(number)


def _drain(messenger: Messenger, count: int) -> int:
    """Return the nanoseconds from the first delivery to the return of the last acknowledgement."""
    acknowledged = begin_ns = 0
    clock_ns, acknowledge = time.monotonic_ns, messenger.acknowledge
    with closing(messenger.deliveries(count)) as deliveries:
        for message in islice(deliveries, count):
            begin_ns = begin_ns or clock_ns()
            acknowledge(message)
            acknowledged += 1
        duration_ns = clock_ns() - begin_ns
    if acknowledged < count:
        raise LookupError(f"only {acknowledged} of {count} messages arrived")
    return duration_ns
