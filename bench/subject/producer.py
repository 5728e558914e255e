"""A producer: enqueues when it is told to, and times each call."""

from __future__ import annotations

from functools import partial
from typing import Any

from .application import facts, load, pin
from .commands import serve, time_calls
from .pipe import Pipe
from .recorder import task_id

__all__ = ["run"]


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Do what the harness says, one command after the other, until it hangs up."""
    pin(job["cores"])
    app = load(job)
    task = app.tasks[job["task"]]
    pipe.send(event="ready", facts=facts(app))
    serve(pipe, partial(_answer, task, job))


def _answer(task: Any, job: dict[str, Any], command: dict[str, Any], done: list[int]) -> dict[str, Any]:
    if command["do"] == "enqueue":
        time_calls(partial(task.apply_async, job["args"], job["kwargs"]), command["calls"], done)
    else:
        _preload(task, job, command["first"], command["count"], done)
    return {"done": done}


def _preload(task: Any, job: dict[str, Any], first: int, count: int, sent: list[int]) -> None:
    """Enqueue tasks of consecutive numbers, by which the worker's record names them."""
    for number in range(first, first + count):
        task.apply_async(job["args"], job["kwargs"], task_id=task_id(number))
        sent.append(number)
