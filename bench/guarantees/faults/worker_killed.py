"""The whole worker is killed by SIGKILL while it runs a task, and another worker takes over.

That is what a container's end, a node's power cut or the kernel's out-of-memory killer does. With early
acknowledgement (Celery's default) the task is off the queue as it starts, so nobody runs it again; with late
acknowledgement the broker gives it to somebody else, once it learns of the death. A user's own app is also asked as it
is set. Source: "Tasks", `acks_late`, in Celery's user guide.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault
from brokers.protocol import Settings

__all__ = ["ACKNOWLEDGING_S", "EARLY", "FAULTS", "LATE"]

EARLY: Settings = {"task_acks_late": False, "task_reject_on_worker_lost": None}
ACKNOWLEDGING_S = 0.5
"""Until an early acknowledgement of a task that has started is with the broker: it is on its way as the task starts."""
LATE: Settings = {"task_acks_late": True, "task_reject_on_worker_lost": True}


def _play(attempt: Attempt) -> None:
    worker = attempt.worker()
    attempt.must_start(attempt.send(1, "tasks.sleep", 2.0))
    attempt.scene.pause(ACKNOWLEDGING_S)
    attempt.break_by("the worker is killed with its children (SIGKILL)", worker.kill)
    attempt.heal_by("another worker is ready", attempt.worker)
    attempt.recover(within_s=30)
    attempt.settle()


FAULTS = (
    Fault(
        name="worker-killed-early",
        group="worker",
        title="SIGKILL of the worker in a running task, early acknowledgement",
        about=__doc__ or "",
        play=_play,
        settings=EARLY,
        promised=False,
        typical_s=45,
    ),
    Fault(
        name="worker-killed-late",
        group="worker",
        title="SIGKILL of the worker in a running task, late acknowledgement",
        about=__doc__ or "",
        play=_play,
        settings=LATE,
        quick=True,
        typical_s=35,
    ),
    Fault(
        name="worker-killed-as-set",
        group="worker",
        title="SIGKILL of the worker in a running task, acknowledged as the profile or the user's app says",
        about=__doc__ or "",
        play=_play,
        quick=True,
        of_app=True,
        typical_s=45,
    ),
)
