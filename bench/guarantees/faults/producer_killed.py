"""The sender is killed by SIGKILL when its message is out and before `apply_async` has returned.

A web process that is recycled in the middle of a request. Whether the task runs, its caller cannot know, and nobody
promises either: who calls again may have it run twice. The kill is at Celery's `after_task_publish`. Source: "Signals",
`after_task_publish`, in Celery's user guide.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.processes.errors import SubjectFailed
from bench.processes.pair import TURN_S

__all__ = ["FAULTS"]

_RUNNING_S = 5.0


def _play(attempt: Attempt) -> Observation:
    attempt.warm_up()
    sender = attempt.scene.sender()
    attempt.fault_ns = attempt.note("the sender is to be killed (SIGKILL) when its message is out")
    (task,) = attempt.begin_to_send(1, killed=True)
    if not sender.wait_ended(TURN_S):
        raise SubjectFailed("the sender was to be killed when its message was out, and lives")
    attempt.note("the sender is dead, and its apply_async has not returned")
    attempt.heal_by("another sender is ready", attempt.scene.sender)
    attempt.recover(within_s=30)
    runs = attempt.finished([task], _RUNNING_S)
    return Observation("the task runs" if runs else "the task does not run", figures={"runs": float(runs)})


FAULTS = (
    Fault(
        name="producer-killed",
        group="producer",
        title="SIGKILL of the sender between the message and the return of apply_async",
        about=__doc__ or "",
        play=_play,
        promised=False,
        typical_s=20,
    ),
)
