"""The worker is shut down while a task runs and four wait in it: warmly, softly and coldly.

Deployments do this many times a day. A warm shutdown (SIGTERM) waits for running tasks. A soft one
(`worker_soft_shutdown_timeout` and SIGQUIT) waits for up to that timeout, here 1 s with a task of 3 s. A cold one
(SIGQUIT) ends them at once. Tasks that wait in the worker should return to the broker at once, and with late
acknowledgement a task that was running when the worker ended should come back. Where there is a visibility timeout, the
figures separate what the worker gave back at the shutdown from what only came back when the timeout ended. Source:
"Stopping the worker" in Celery's user guide.
"""

import signal
from functools import partial

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.returning import returned
from brokers.protocol import Settings

__all__ = ["FAULTS"]

_RUNNING_S = 3.0
_LEAST_S = 0.7
_ENDING_S = 20.0
_VISIBILITY_S = 20.0  # longer than a shutdown and the start of another worker, so what comes back sooner was given back


def _run(attempt: Attempt, name: str) -> Observation:
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
    begun_ns, ready_ns = attempt.fault_ns or 0, attempt.healed_ns or 0
    back = returned(attempt.ledger(), begun_ns, ready_ns, attempt.scene.visibility_s)
    return Observation(back.words, figures=back.figures)


def _fault(kind: str, name: str, what: str, settings: Settings) -> Fault:
    return Fault(
        name=f"shutdown-{kind}",
        group="worker",
        title=f"{kind.capitalize()} shutdown of the worker ({what}) with a task running",
        about=__doc__ or "",
        run=partial(_run, name=name),
        settings=settings,
        visibility_s=_VISIBILITY_S,
        typical_s=45,
    )


FAULTS = (
    _fault("warm", "SIGTERM", "SIGTERM", {}),
    _fault("soft", "SIGQUIT", "SIGQUIT, 1 s", {"worker_soft_shutdown_timeout": 1.0}),
    _fault("cold", "SIGQUIT", "SIGQUIT", {}),
)
