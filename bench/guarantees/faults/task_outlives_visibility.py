"""A task runs for longer than the visibility timeout, with late acknowledgement and a worker with eight processes.

Redis and SQS deliver a task again if it is not acknowledged in time, while its first run continues: it runs twice, or
again and again if every run is too long. RabbitMQ has no such timeout (its `consumer_timeout`, 30 minutes, closes the
channel). Source: "Visibility timeout" in Celery's pages on Redis and on SQS.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import LATE
from bench.subject.recorder import STARTED

__all__ = ["FAULTS"]

_TASK_S = 9.0  # the timeout is 5 s


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    (task,) = attempt.send_long(_TASK_S, least_s=_TASK_S)
    attempt.must_start([task])
    attempt.fault_ns = attempt.note(f"a task of {_TASK_S:.0f} s runs")
    attempt.finished([task], within_s=_TASK_S + 10)
    attempt.settle(linger=True)
    ledger = attempt.ledger()
    runs = len(ledger.of(STARTED, task))
    words = "it runs once" if runs == 1 else f"it runs {runs} times"
    outlived = task not in ledger.limited
    return Observation(
        words if outlived else f"{words}, and never longer than the visibility timeout",
        tested=outlived,
        figures={"runs": float(runs)},
    )


FAULTS = (
    Fault(
        name="task-outlives-visibility",
        group="worker",
        title="A task of 9 s with a visibility timeout of 5 s",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        settings=LATE,
        concurrency=8,  # if the task of an attempt runs again and again, the next attempt still has room
        quick=True,
        typical_s=80,
    ),
)
