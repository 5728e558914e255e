"""The server is killed by SIGKILL and started again under a worker: an idle one, and one that runs a task.

The worker must connect again by itself and consume. Workers that stay up, look healthy, and take no task any more are
the commonest complaint about Celery on Redis. Source: issues 8030, 8091 and 8990 of Celery.
"""

from bench.guarantees.fault import Fault
from bench.guarantees.faults.server_killed import WRITING_S
from bench.guarantees.trial import Trial

__all__ = ["FAULTS"]

_RUNNING_S = 3.0
_PATIENCE_S = 60.0


def _idle(trial: Trial) -> None:
    trial.worker()
    trial.finished(trial.send(1))
    _restart(trial)


def _busy(trial: Trial) -> None:
    trial.worker()
    trial.must_start(trial.send(1, "tasks.sleep", _RUNNING_S))
    trial.send(4)
    trial.scene.pause(WRITING_S)
    _restart(trial)


def _restart(trial: Trial) -> None:
    trial.kill_server()
    trial.start_server()
    trial.recover(_PATIENCE_S)
    trial.settle()
    if trial.stopped:  # the next attempt is not to suffer from it
        trial.scene.dismiss_workers()


FAULTS = (
    Fault(
        name="server-restarted-idle",
        group="server",
        title="SIGKILL and restart of the server under an idle worker",
        about=__doc__ or "",
        play=_idle,
        breaks="server",
        quick=True,
        typical_s=95,
    ),
    Fault(
        name="server-restarted-busy",
        group="server",
        title="SIGKILL and restart of the server under a worker that runs a task",
        about=__doc__ or "",
        play=_busy,
        breaks="server",
        typical_s=95,
    ),
)
