"""The sender is killed with SIGKILL after its message is sent and before `apply_async` has returned.

A web process is recycled in the middle of a request. Its caller cannot know whether the task runs, and nothing promises
it either way: if it calls again, the task may run twice. The kill happens at Celery's `after_task_publish`. Source:
"Signals", `after_task_publish`, in Celery's user guide.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.processes.errors import SubjectFailed
from bench.processes.pair import TURN_S

__all__ = ["FAULTS"]

_RUNNING_S = 5.0


def _run(attempt: Attempt) -> Observation:
    attempt.warm_up()
    sender = attempt.scene.sender()
    attempt.fault_ns = attempt.note("the sender will be killed (SIGKILL) once its message is sent")
    (task,) = attempt.begin_to_send(1, killed=True)
    if not sender.wait_ended(TURN_S):
        raise SubjectFailed("the sender should have been killed once its message was sent, but is still alive")
    attempt.note("the sender is dead, and its apply_async has not returned")
    attempt.heal_by("another sender is ready", attempt.scene.sender)
    attempt.recover(within_s=30)
    runs = attempt.finished([task], _RUNNING_S)
    return Observation("the task runs" if runs else "the task does not run", figures={"runs": float(runs)})


FAULTS = (
    Fault(
        name="producer-killed",
        group="producer",
        title="SIGKILL of the sender after its message is sent, before apply_async returns",
        about=__doc__ or "",
        run=_run,
        promised=False,
        typical_s=20,
    ),
)
