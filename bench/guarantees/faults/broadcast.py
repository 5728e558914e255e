"""Three tasks are sent to a broadcast queue that two workers consume: each worker must run each task.

This is how you clear a cache on every machine. It needs a fanout exchange with a queue for each worker. On brokers for
which kombu has no fanout, `apply_async` returns anyway. It also does on Redis, where an exchange that the sending
process has not declared (Celery does not declare it for a broadcast) is treated as a direct one, and no worker gets the
task. Source: "Broadcast" in "Routing Tasks" of Celery's user guide, `send_task_message` in `celery/app/amqp.py`, and
celery issue 2638.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_TASKS = 3
_WORKERS = 2


def _run(attempt: Attempt) -> Observation:
    attempt.scene.crew(_WORKERS)
    name = attempt.scene.broadcast
    attempt.finished(attempt.send(1))  # the first task makes the connections
    numbers = attempt.send(_TASKS, runs=_WORKERS, options={"queue": name, "exchange": name})
    attempt.until(lambda ledger: all(len(ledger.starts(number)) >= _WORKERS for number in numbers), within_s=5)
    attempt.scene.pause(1.0)  # nothing more should come
    ledger = attempt.ledger()
    processes = [{start.pid for start in ledger.starts(number)} for number in numbers]
    runs = sum(len(ledger.starts(number)) for number in numbers)
    kept = runs == _TASKS * _WORKERS and all(len(found) == _WORKERS for found in processes)
    return Observation(
        "each worker runs each task once" if kept else f"{_WORKERS} workers run {_TASKS} tasks {runs} times in all",
        kept=kept,
        figures={"runs": float(runs)},
    )


FAULTS = (
    Fault(
        name="broadcast",
        group="semantics",
        title="A broadcast queue with two workers",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        broadcast=True,
        typical_s=25,
    ),
)
