"""The worker is shut down while a task runs and four wait in it: warmly, softly and coldly.

Deployments do this many times a day. A warm shutdown (SIGTERM) waits for running tasks. A soft one
(`worker_soft_shutdown_timeout` and SIGQUIT) waits for up to that timeout, here 1 s with a task of 3 s. A cold one
(SIGQUIT) ends them at once. Tasks that wait in the worker should return to the broker at once, and with late
acknowledgement a task that was running when the worker ended should come back. Source: "Stopping the worker" in
Celery's user guide.
"""

import signal
from functools import partial

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault
from brokers.protocol import Settings

__all__ = ["FAULTS"]

_RUNNING_S = 3.0
_LEAST_S = 0.7
_ENDING_S = 20.0


def _run(attempt: Attempt, name: str) -> None:
    worker = attempt.worker()
    attempt.put_to_work(_RUNNING_S, least_s=_LEAST_S)
    attempt.send(4)
    attempt.scene.pause(0.5)
    number = getattr(signal, name)
    attempt.break_by(f"the worker is asked to shut down ({name})", lambda: worker.signal(number))
    if not worker.wait_ended(_ENDING_S):
        attempt.note(f"the worker has not ended within {_ENDING_S:.0f} s and is killed")
        worker.kill()
    attempt.note("the worker has ended")
    attempt.heal_by("another worker is ready", attempt.worker)
    attempt.recover(within_s=30)
    attempt.settle()


def _fault(kind: str, name: str, what: str, settings: Settings) -> Fault:
    return Fault(
        name=f"shutdown-{kind}",
        group="worker",
        title=f"{kind.capitalize()} shutdown of the worker ({what}) with a task running",
        about=__doc__ or "",
        run=partial(_run, name=name),
        settings=settings,
        typical_s=45,
    )


FAULTS = (
    _fault("warm", "SIGTERM", "SIGTERM", {}),
    _fault("soft", "SIGQUIT", "SIGQUIT, 1 s", {"worker_soft_shutdown_timeout": 1.0}),
    _fault("cold", "SIGQUIT", "SIGQUIT", {}),
)
