"""Ten tasks with a countdown of 5 s are sent to a worker that takes four at a time, then five without one.

The worker holds tasks that wait for their time. If they take the places of those that could run, a few reminders for
next week stop everything. Celery asks the broker for one more with each that it holds, for which the prefetch must be
the channel's: that of a consumer does not change while it consumes. Quorum queues have only the latter, and kombu 5.7
asks RabbitMQ from 4.0 on for the latter with every queue. Source: "Using Quorum Queues" in Celery's page on RabbitMQ,
celery issue 6067, and kombu pull request 2665.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_COUNTDOWN_S = 5
_HELD = 10
_IMMEDIATE = 5


def _play(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.finished(attempt.send(1))  # the first one connects
    held = attempt.send(_HELD, options={"countdown": _COUNTDOWN_S})
    immediate = attempt.send(_IMMEDIATE)
    attempt.settle(_COUNTDOWN_S + 15.0)
    ledger = attempt.ledger()
    eta_ns = min((start.at_ns for number in held for start in ledger.starts(number)), default=0)
    behind = sum(1 for number in immediate for start in ledger.starts(number)[:1] if start.at_ns > eta_ns > 0)
    longest_s = max(ledger.waits_s(immediate), default=0.0)
    return Observation(
        f"{behind} of {_IMMEDIATE} tasks without a countdown start after the first of those with one; "
        f"they wait up to {longest_s:.2f} s",
        figures={"held_back_tasks": float(behind), "longest_wait_s": longest_s},
    )


FAULTS = (
    Fault(
        name="eta-holds-immediate",
        group="semantics",
        title="Tasks with a countdown, more than the prefetch, before tasks without one",
        about=__doc__ or "",
        play=_play,
        breaks="nothing",
        promised=False,
        settings={"worker_prefetch_multiplier": 4},
        shortened=False,  # none should come back while it is held
        typical_s=30,
    ),
)
