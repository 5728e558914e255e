"""A producer: enqueues when it is told to, and times each call."""

from __future__ import annotations

import time
from typing import Any

from .application import facts, load, pin
from .pipe import Pipe
from .recorder import task_id

__all__ = ["run"]


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Do what the harness says, one command after the other, until it hangs up."""
    pin(job["cores"])
    app = load(job)
    task = app.tasks[job["task"]]
    pipe.send(event="ready", facts=facts(app))
    while True:
        command = pipe.receive()
        if command is None:
            return
        pipe.send(**_answer(task, job, command))


def _answer(task: Any, job: dict[str, Any], command: dict[str, Any]) -> dict[str, Any]:
    done: list[int] = []
    try:
        if command["do"] == "enqueue":
            _enqueue(task, job, command["calls"], done)
        else:
            _preload(task, job, command["first"], command["count"], done)
    except Exception as error:  # the harness says what that means; samples taken before it count
        return {"done": done, "error": f"{type(error).__name__}: {error}"}
    return {"done": done}


def _enqueue(task: Any, job: dict[str, Any], calls: int, durations_ns: list[int]) -> None:
    """Enqueue in a closed loop: the next call begins when the last one returned."""
    args, kwargs = job["args"], job["kwargs"]
    apply_async, clock_ns, append = task.apply_async, time.monotonic_ns, durations_ns.append
    for _ in range(calls):
        begin_ns = clock_ns()
        apply_async(args, kwargs)
        append(clock_ns() - begin_ns)


def _preload(task: Any, job: dict[str, Any], first: int, count: int, sent: list[int]) -> None:
    """Enqueue tasks of consecutive numbers, by which the worker's record names them."""
    for number in range(first, first + count):
        task.apply_async(job["args"], job["kwargs"], task_id=task_id(number))
        sent.append(number)
