"""The pool process that runs a task is killed with SIGKILL; its worker survives.

The kernel ends a process that leaks memory, or a C library crashes: the worker notices that its child is gone. With
early acknowledgement the task is lost. With late acknowledgement it is acknowledged anyway, as failed, and so is lost,
too, unless `task_reject_on_worker_lost` returns it to the queue. A user's own app also runs with its own settings.
Source: `task_reject_on_worker_lost` in Celery's configuration reference.
"""

import os
import signal

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault
from bench.guarantees.faults.worker_killed import ACKNOWLEDGING_S, EARLY, LATE, LEAST_S

__all__ = ["FAULTS"]


def _run(attempt: Attempt) -> None:
    attempt.worker()
    start = attempt.put_to_work(2.0, least_s=LEAST_S)
    attempt.scene.pause(ACKNOWLEDGING_S)
    attempt.break_by("the child is killed (SIGKILL)", lambda: os.kill(start.pid, signal.SIGKILL))
    attempt.recover(within_s=20)
    attempt.settle()


_TITLE = "SIGKILL of the pool's child during a task"
FAULTS = (
    Fault(
        name="child-killed-early",
        group="worker",
        title=f"{_TITLE}, early acknowledgement",
        about=__doc__ or "",
        run=_run,
        settings=EARLY,
        promised=False,
        typical_s=35,
    ),
    Fault(
        name="child-killed-late",
        group="worker",
        title=f"{_TITLE}, late acknowledgement and task_reject_on_worker_lost",
        about=__doc__ or "",
        run=_run,
        settings=LATE,
        typical_s=25,
    ),
    Fault(
        name="child-killed-late-only",
        group="worker",
        title=f"{_TITLE}, late acknowledgement alone",
        about=__doc__ or "",
        run=_run,
        settings={"task_acks_late": True, "task_reject_on_worker_lost": None},
        promised=False,
        typical_s=35,
    ),
    Fault(
        name="child-killed-as-set",
        group="worker",
        title=f"{_TITLE}, acknowledged as the profile or the user's app sets it",
        about=__doc__ or "",
        run=_run,
        of_app=True,
        typical_s=35,
    ),
)
