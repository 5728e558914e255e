"""The only task module: small tasks that each do one thing to a broker, and three that tell a story.

It runs unchanged on every broker, on Python 3.8 and later with Celery 4.4 and later.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from .application import app  # relative: the module is lent to apps that have a package of this name

__all__ = [
    "confirm",
    "cook",
    "echo",
    "flaky",
    "hoard",
    "hold",
    "noop",
    "serve",
    "sleep",
    "spin",
    "take_order",
    "wait_until",
]


@app.task(name="tasks.noop")
def noop() -> None:
    """Do nothing: what remains is the cost of the broker and Celery."""


@app.task(name="tasks.echo")
def echo(payload: Any) -> Any:
    """Return the payload: the cost of its size, in both directions if results are kept."""
    return payload


@app.task(bind=True, name="tasks.confirm")
def confirm(self: Any, expected: str, *args: Any, **kwargs: Any) -> None:
    """Raise ValueError unless all arguments and the message's header ``note`` arrived as expected, which is JSON."""
    arrived = json.dumps([args, kwargs, (self.request.headers or {}).get("note")], sort_keys=True)
    if arrived != expected:
        raise ValueError(f"{arrived} arrived instead of {expected}")


@app.task(name="tasks.sleep")
def sleep(seconds: float) -> None:
    """Wait without using a CPU: a task that waits for a database or a web service."""
    time.sleep(seconds)


@app.task(name="tasks.wait_until")
def wait_until(at_s: float) -> None:
    """Wait until that time of the system's clock, in seconds since 1970: a task that needs what is not back yet."""
    time.sleep(max(0.0, at_s - time.time()))


@app.task(name="tasks.hold")
def hold(path: str, seconds: float) -> None:
    """Wait until a file exists at the path, and then for that many seconds: a task that is busy until somebody acts."""
    while not os.path.exists(path):
        time.sleep(0.02)
    time.sleep(seconds)


@app.task(name="tasks.spin")
def spin(seconds: float) -> None:
    """Use one CPU for that many seconds of CPU time: a task that computes."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@app.task(name="tasks.hoard")
def hoard(size_bytes: int, seconds: float = 0) -> int:
    """Hold that much memory for a while, all of it written to: a task that leaks or loads too much."""
    held = bytearray(b"x") * size_bytes
    time.sleep(seconds)
    return len(held)


@app.task(bind=True, name="tasks.flaky", max_retries=None)
def flaky(self: Any, failures: int = 1, wait_seconds: float = 0) -> int:
    """Fail that many times, each time asking for a retry after a wait, then return the number of retries."""
    retries: int = self.request.retries
    if retries < failures:
        raise self.retry(countdown=wait_seconds)
    return retries


# The kitchen, a story in three tasks:  (take_order.s("soup") | cook.s() | serve.s(table=4)).delay()


@app.task(name="tasks.take_order")
def take_order(dish: str) -> dict[str, str]:
    """Write down what a guest wants, and pass it to the kitchen."""
    return {"dish": dish, "state": "ordered"}


@app.task(name="tasks.cook")
def cook(order: dict[str, str], seconds: float = 0.05) -> dict[str, str]:
    """Cook the order, which takes a while."""
    time.sleep(seconds)
    return {**order, "state": "cooked"}


@app.task(name="tasks.serve")
def serve(order: dict[str, str], table: int) -> str:
    """Bring the dish to the table, and announce it."""
    return "{dish}, {state}, is served at table {table}".format(table=table, **order)
