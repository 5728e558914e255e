"""The worker is shut down (SIGTERM) while it runs short tasks one after another: it must end within 30 s.

After that time Kubernetes kills a container, by default. What the worker holds must return to the broker. A process of
the pool that ends waits until its parent has read the result of its last task, at most 30 s, and a parent that shuts
down as the task ends may not read it: then the worker takes 33 s to end, and if it is killed before, the finished task
runs again with late acknowledgement. Source: `_ensure_messages_consumed` in `billiard/pool.py`, `on_stop_not_started`
in `celery/concurrency/asynpool.py`, and "Pod Lifecycle" in the documentation of Kubernetes.
"""

import signal

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import LATE
from bench.guarantees.ledger import Ledger
from bench.subject.recorder import FINISHED

__all__ = ["FAULTS"]

_TASKS, _ENDED = 8, 4
_STARTING_S, _ENDING_S = 20.0, 30.0


def _run(attempt: Attempt) -> Observation:
    worker = attempt.worker()
    tasks = attempt.send(_TASKS)
    attempt.until(lambda ledger: len(ledger.finished & {*tasks}) >= _ENDED, _STARTING_S)
    attempt.break_by("the worker is asked to shut down (SIGTERM)", lambda: worker.signal(signal.SIGTERM))
    ended = worker.wait_ended(_ENDING_S)
    took_s = (attempt.note("the worker has ended" if ended else "it is killed") - (attempt.fault_ns or 0)) / 1e9
    if not ended:
        worker.kill()
    before = _last_end_s(attempt.ledger(), attempt.fault_ns or 0)
    attempt.heal_by("another worker is ready", attempt.worker)
    attempt.recover(within_s=30)
    attempt.settle(linger=True)
    return Observation(
        f"the worker ends after {took_s:.1f} s" if ended else f"the worker does not end within {_ENDING_S:.0f} s",
        kept=None if ended else False,
        figures={"ending_s": took_s, "last_end_s": before},
    )


def _last_end_s(ledger: Ledger, asked_ns: int) -> float:
    """Return when the last task ended in the worker, from when it was asked to shut down."""
    return max((event.at_ns - asked_ns for event in ledger.events if event.kind == FINISHED), default=0) / 1e9


FAULTS = (
    Fault(
        name="shutdown-short-tasks",
        group="worker",
        title="Warm shutdown of the worker (SIGTERM) among short tasks, late acknowledgement",
        about=__doc__ or "",
        run=_run,
        settings=LATE,
        visibility_s=20.0,  # longer than another worker takes to start
        typical_s=75,
    ),
)
