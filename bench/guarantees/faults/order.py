"""Fifty tasks are sent one after another to a single worker that runs one task at a time.

If you update a row twice, the second update should be the last. Neither Celery nor a standard SQS queue promises an
order, and any second worker, retry or redelivery breaks it. Source: "Amazon SQS standard queues" in the SQS developer
guide ("best-effort ordering").
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_TASKS = 50


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.send(_TASKS)
    attempt.settle()
    inversions = _inversions(attempt.ledger().order)
    return Observation(
        f"{_TASKS} tasks start {'in the order sent' if not inversions else 'not in the order sent'}; "
        f"{inversions} of {_TASKS * (_TASKS - 1) // 2} pairs are in the wrong order",
        figures={"inverted_pairs": float(inversions)},
    )


def _inversions(order: list[int]) -> int:
    """Return the number of pairs of which the later task started first."""
    return sum(1 for place, number in enumerate(order) for later in order[place + 1 :] if later < number)


FAULTS = (
    Fault(
        name="order",
        group="semantics",
        title="Fifty tasks and one worker that runs one at a time: the order in which they start",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        promised=False,
        typical_s=15,
    ),
)
