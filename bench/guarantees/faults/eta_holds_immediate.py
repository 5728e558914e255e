"""Ten tasks with a countdown of 5 s are sent to a worker that takes four at a time, then five tasks without one.

The worker holds tasks until their time has come. If they take the places of tasks that could run, a few reminders for
next week stop everything. For each task that it holds, Celery raises the prefetch by one. That works only if the
prefetch belongs to the channel: the prefetch of a consumer does not change while it consumes. Quorum queues have only
the prefetch of a consumer, and on RabbitMQ 4.0 and later kombu 5.7 uses it for every queue. Source: "Using Quorum
Queues" in Celery's page on RabbitMQ, celery issue 6067, and kombu pull request 2665.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_COUNTDOWN_S = 5
_HELD = 10
_IMMEDIATE = 5


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.finished(attempt.send(1))  # the first task makes the connections
    held = attempt.send(_HELD, options={"countdown": _COUNTDOWN_S})
    immediate = attempt.send(_IMMEDIATE)
    attempt.settle(_COUNTDOWN_S + 15.0)
    ledger = attempt.ledger()
    eta_ns = min((start.at_ns for number in held for start in ledger.starts(number)), default=0)
    behind = sum(1 for number in immediate for start in ledger.starts(number)[:1] if start.at_ns > eta_ns > 0)
    longest_s = max(ledger.waits_s(immediate), default=0.0)
    return Observation(
        f"{behind} of {_IMMEDIATE} tasks without a countdown start after the first task with one; "
        f"they wait up to {longest_s:.2f} s",
        figures={"held_back_tasks": float(behind), "longest_wait_s": longest_s},
    )


FAULTS = (
    Fault(
        name="eta-holds-immediate",
        group="semantics",
        title="More tasks with a countdown than the prefetch, then tasks without one",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        promised=False,
        settings={"worker_prefetch_multiplier": 4},
        shortened=False,  # no held task should come back
        typical_s=30,
    ),
)
