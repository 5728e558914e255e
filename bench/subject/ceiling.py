"""A ceiling: what Celery's figures would be if nothing but the raw client, or kombu, did its moves.

It enqueues messages of the very bytes that Celery publishes for the job's task, and takes and acknowledges them.
"""

from __future__ import annotations

import importlib
import time
from contextlib import closing
from itertools import islice
from typing import Any

from .answering import serve, time_calls
from .application import facts, load, pin
from .layer import Layer
from .pipe import Pipe
from .recorder import task_id

__all__ = ["run"]

_RAW = {"py-amqp": "raw_amqp", "redis": "raw_redis", "sqs": "raw_sqs"}  # kombu's name of a transport: our module


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Do what the harness says, one command after the other, until it hangs up."""
    pin(job["cores"])
    app = load(job)
    pipe.send(event="ready", facts=facts(app, job))
    serve(pipe, _Ceiling(app, job).answer)


class _Ceiling:
    """Opens its layer at the first command, so that what fails there is an answer."""

    def __init__(self, app: Any, job: dict[str, Any]) -> None:
        self._app = app
        self._job = job
        self._layer: Layer | None = None

    def answer(self, command: dict[str, Any], done: list[int]) -> dict[str, Any]:
        layer = self._layer = self._layer or _open(self._app, self._job)
        if command["do"] == "drain":
            return {"duration_ns": _drain(layer, command["count"]), "tasks": command["count"]}
        if command["do"] == "enqueue":
            time_calls(layer.send, command["calls"], done)
        else:
            _preload(layer, command["count"], done)
        return {"done": done}


def _open(app: Any, job: dict[str, Any]) -> Layer:
    """Return the job's layer, which has taken one real message of Celery's for its model."""
    transport = app.connection_for_write().transport.driver_name
    module = {"kombu": "kombu_alone", "raw": _RAW.get(transport)}[job["layer"]]
    if module is None:
        raise LookupError(f"no raw client for {transport!r}")
    task = app.tasks[job["task"]]

    def publish(producer: Any) -> None:
        task.apply_async(job["args"], job["kwargs"], task_id=task_id(0), producer=producer)

    layer: Layer = importlib.import_module("." + module, __package__).Client(app, publish)
    return layer


def _preload(layer: Layer, count: int, sent: list[int]) -> None:
    for number in range(count):
        layer.send()
        sent.append(number)


def _drain(layer: Layer, count: int) -> int:
    """Return the nanoseconds from the first delivery to the return of the last acknowledgement."""
    acknowledged = begin_ns = 0
    clock_ns, acknowledge = time.monotonic_ns, layer.acknowledge
    with closing(layer.deliveries(count)) as deliveries:
        for message in islice(deliveries, count):
            begin_ns = begin_ns or clock_ns()
            acknowledge(message)
            acknowledged += 1
        duration_ns = clock_ns() - begin_ns
    if acknowledged < count:
        raise LookupError(f"only {acknowledged} of {count} messages came")
    return duration_ns
