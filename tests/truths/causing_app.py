"""An app whose tasks take long for a known reason: the variable TRUTHS_CAUSE names it."""

import os
import time

from celery import Celery
from celery.signals import task_prerun

__all__ = ["app", "limited", "noop"]

_HANDLER_S = 0.005
_CAUSE = os.environ.get("TRUTHS_CAUSE", "")

app = Celery("causing_app")
if _CAUSE == "fresh-processes":
    app.conf.worker_max_tasks_per_child = 1


@app.task(name="causing_app.noop")
def noop() -> None:
    """Do nothing."""


@app.task(name="causing_app.limited", rate_limit="50/s")
def limited() -> None:
    """Do nothing, not often."""


def sleep(**_: object) -> None:
    """Wait before each task."""
    time.sleep(_HANDLER_S)


def spin(**_: object) -> None:
    """Compute before each task."""
    until_s = time.perf_counter() + _HANDLER_S
    while time.perf_counter() < until_s:
        pass


if _CAUSE in ("sleep", "spin"):
    task_prerun.connect({"sleep": sleep, "spin": spin}[_CAUSE])
