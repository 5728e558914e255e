"""Fifty tasks are sent one after the other to one worker that runs one at a time.

Who updates a row twice wants the second to be the last. Neither Celery nor a standard queue of SQS promises an order;
it also ends wherever a second worker, a retry or a redelivery comes in. Source: "Amazon SQS standard queues" in the SQS
developer guide ("best-effort ordering").
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_TASKS = 50


def _play(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.send(_TASKS)
    attempt.settle()
    inversions = _inversions(attempt.ledger().order)
    return Observation(
        f"{_TASKS} tasks start {'in the order sent' if not inversions else 'in another order than sent'}; "
        f"{inversions} of {_TASKS * (_TASKS - 1) // 2} pairs are the wrong way round",
        figures={"inverted_pairs": float(inversions)},
    )


def _inversions(order: list[int]) -> int:
    """Count the pairs of which the later one started first."""
    return sum(1 for place, number in enumerate(order) for later in order[place + 1 :] if later < number)


FAULTS = (
    Fault(
        name="order",
        group="semantics",
        title="Fifty tasks and one worker that runs one at a time: the order of their starts",
        about=__doc__ or "",
        play=_play,
        breaks="nothing",
        promised=False,
        typical_s=15,
    ),
)
