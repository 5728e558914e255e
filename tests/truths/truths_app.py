"""An app whose tasks say when they ran. Its folder holds the transport of known times as well."""

import time

from celery import Celery
from transport import KnownTask

__all__ = ["app", "mark", "noop"]

app = Celery("truths_app", task_cls=KnownTask)


@app.task(name="truths_app.noop")
def noop() -> None:
    """Do nothing."""


@app.task(name="truths_app.mark")
def mark(path: str) -> None:
    """Write the monotonic clock in nanoseconds at the end of a file."""
    with open(path, "a") as file:
        file.write(f"{time.monotonic_ns()}\n")
