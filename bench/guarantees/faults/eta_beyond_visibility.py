"""A task has a countdown of 9 s, but the visibility timeout is 5 s.

The worker holds the task, unacknowledged, until its time has come. Meanwhile Redis and SQS deliver it again, and it may
run once for each delivery. With the default timeouts, this begins with countdowns of an hour on Redis and of half an
hour on SQS. Source: "Visibility timeout" in Celery's pages on Redis and on SQS, kombu issue 337.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_COUNTDOWN_S = 9


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.finished(attempt.send(1))  # the first task makes the connections
    (task,) = attempt.send(1, options={"countdown": _COUNTDOWN_S})
    attempt.finished([task], within_s=_COUNTDOWN_S + 10)
    attempt.settle(linger=True)
    ledger = attempt.ledger()
    runs = len(ledger.starts(task))
    return Observation(
        "it runs once" if runs == 1 else f"it runs {runs} times",
        tested=task not in ledger.limited,
        figures={"runs": float(runs)},
    )


FAULTS = (
    Fault(
        name="eta-beyond-visibility",
        group="semantics",
        title="A countdown of 9 s with a visibility timeout of 5 s",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        typical_s=70,
    ),
)
