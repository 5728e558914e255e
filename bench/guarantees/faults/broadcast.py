"""Three tasks are sent to a broadcast queue that two workers consume: each worker must run each task.

That is how one clears a cache on every machine. It is a fanout exchange with a queue for each worker. Where kombu has
no fanout, `apply_async` returns all the same; and so it does on Redis, where the exchange of a process that has not
declared it, as Celery does not for a broadcast, counts as a direct one and leads to no worker. Source: "Broadcast" in
"Routing Tasks" of Celery's user guide, `send_task_message` in `celery/app/amqp.py`, and celery issue 2638.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_TASKS = 3
_WORKERS = 2


def _play(attempt: Attempt) -> Observation:
    attempt.scene.crew(_WORKERS)
    name = attempt.scene.broadcast
    attempt.finished(attempt.send(1))  # the first one connects
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
        play=_play,
        breaks="nothing",
        broadcast=True,
        typical_s=25,
    ),
)
