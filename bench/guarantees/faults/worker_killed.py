"""The whole worker is killed with SIGKILL while it runs a task, and another worker takes over.

This happens when a container ends, a node loses power, or the kernel's out-of-memory killer strikes. With early
acknowledgement (Celery's default) the task leaves the queue as it starts, so it never runs again; with late
acknowledgement the broker delivers it to another worker once it notices the death. A user's own app also runs with its
own settings. Source: "Tasks", `acks_late`, in Celery's user guide.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault
from brokers.protocol import Settings

__all__ = ["ACKNOWLEDGING_S", "EARLY", "FAULTS", "LATE", "LEAST_S"]

EARLY: Settings = {"task_acks_late": False, "task_reject_on_worker_lost": None}
ACKNOWLEDGING_S = 0.5
"""How long an early acknowledgement takes to reach the broker; it is sent as the task starts."""
LEAST_S = ACKNOWLEDGING_S + 0.2
"""How long a task must run so that its worker can be killed meanwhile."""
LATE: Settings = {"task_acks_late": True, "task_reject_on_worker_lost": True}


def _run(attempt: Attempt) -> None:
    worker = attempt.worker()
    attempt.put_to_work(2.0, least_s=LEAST_S)
    attempt.scene.pause(ACKNOWLEDGING_S)
    attempt.break_by("the worker is killed with its children (SIGKILL)", worker.kill)
    attempt.heal_by("another worker is ready", attempt.worker)
    attempt.recover(within_s=30)
    attempt.settle()


FAULTS = (
    Fault(
        name="worker-killed-early",
        group="worker",
        title="SIGKILL of the worker during a task, early acknowledgement",
        about=__doc__ or "",
        run=_run,
        settings=EARLY,
        promised=False,
        typical_s=45,
    ),
    Fault(
        name="worker-killed-late",
        group="worker",
        title="SIGKILL of the worker during a task, late acknowledgement",
        about=__doc__ or "",
        run=_run,
        settings=LATE,
        quick=True,
        typical_s=35,
    ),
    Fault(
        name="worker-killed-as-set",
        group="worker",
        title="SIGKILL of the worker during a task, acknowledged as the profile or the user's app sets it",
        about=__doc__ or "",
        run=_run,
        quick=True,
        of_app=True,
        typical_s=45,
    ),
)
