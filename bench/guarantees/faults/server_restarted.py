"""The server is killed with SIGKILL and started again under a worker: an idle one, and one that runs a task.

The worker must reconnect by itself and consume again. Workers that stay up and look healthy, but take no more tasks,
are the most common complaint about Celery on Redis. Source: issues 8030, 8091 and 8990 of Celery.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault
from bench.guarantees.faults.server_killed import WRITING_S

__all__ = ["FAULTS"]

_RUNNING_S = 3.0
_PATIENCE_S = 60.0


def _idle(attempt: Attempt) -> None:
    attempt.worker()
    attempt.finished(attempt.send(1))
    _restart(attempt)


def _busy(attempt: Attempt) -> None:
    attempt.worker()
    attempt.put_to_work(_RUNNING_S, least_s=WRITING_S + 0.3)
    attempt.send(4)
    attempt.scene.pause(WRITING_S)
    _restart(attempt)


def _restart(attempt: Attempt) -> None:
    attempt.kill_server()
    attempt.start_server()
    attempt.recover(_PATIENCE_S)
    attempt.settle()
    if attempt.stopped:  # the next attempt must not suffer from it
        attempt.scene.dismiss_workers()


FAULTS = (
    Fault(
        name="server-restarted-idle",
        group="server",
        title="SIGKILL and restart of the server under an idle worker",
        about=__doc__ or "",
        run=_idle,
        breaks="server",
        quick=True,
        typical_s=95,
    ),
    Fault(
        name="server-restarted-busy",
        group="server",
        title="SIGKILL and restart of the server under a worker that runs a task",
        about=__doc__ or "",
        run=_busy,
        breaks="server",
        typical_s=95,
    ),
)
