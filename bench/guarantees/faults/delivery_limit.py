"""A task kills its child at each start, 25 times: the poison in a queue, until somebody has repaired it.

With late acknowledgement and `task_reject_on_worker_lost` it is delivered again after each kill. A broker that does so
for ever keeps the task, which finishes in the end but costs a child each time. A quorum queue of RabbitMQ 4.0 and later
discards a message after 20 deliveries (`x-delivery-limit`) unless a dead-letter exchange is configured; and Celery
reports no failure, because it gave the task back each time. Here the harness kills the child, so that the task can
finish afterwards if it is still there. After each kill another task is sent: if the poison blocks the queue, these do
not finish meanwhile. Source: "Poison Message Handling" in RabbitMQ's page on quorum queues.
"""

import os
import signal
import time
from contextlib import suppress

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import LATE
from bench.guarantees.ledger import Event

__all__ = ["FAULTS"]

_KILLS = 25
_RUNNING_S, _LEAST_S = 5.0, 0.5  # a busy harness must be in time to kill it
_HELD_S = 0.2  # the worker must have heard of the start
_MOST_S = 240.0
_VISIBILITY_S = 8.0  # longer than it takes a worker to notice that a child is gone, up to 5 s
_SLACK_S = 20.0


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    (poison,) = attempt.send_long(_RUNNING_S, least_s=_LEAST_S)
    attempt.must_start([poison])
    attempt.fault_ns = attempt.note("from now on the child is killed (SIGKILL) at each start of the task")
    behind = _kill_each_run(attempt, poison)
    attempt.healed_ns = attempt.note("the child is killed no more")
    attempt.recover(within_s=30)
    attempt.settle()
    ledger = attempt.ledger()
    starts, is_gone = len(ledger.starts(poison)), poison not in ledger.over
    kills = starts if is_gone else starts - 1
    passed = sum(ledger.was_over(number, attempt.healed_ns) for number in behind)
    return Observation(
        f"{_end(kills, is_gone=is_gone)}; {passed} of {len(behind)} tasks behind it finish meanwhile",
        tested=is_gone or kills >= _KILLS,
        figures={"kills": float(kills), "starts": float(starts), "behind_finished": float(passed)},
    )


def _end(kills: int, *, is_gone: bool) -> str:
    if is_gone:
        return f"it is gone after {kills} kills"
    return f"it comes back after each of {kills} kills{'' if kills >= _KILLS else ', which says nothing about more'}"


def _kill_each_run(attempt: Attempt, poison: int) -> list[int]:
    """Kill the child at each start of the task until it does not start again; return the tasks sent after each kill."""
    deadline_s, patience_s = time.monotonic() + _MOST_S, attempt.redelivery_s + _SLACK_S
    behind: list[int] = []
    while len(behind) < _KILLS and time.monotonic() < deadline_s:
        start = _next_start(attempt, poison, len(behind), patience_s)
        if start is None or poison in attempt.ledger().over:
            break
        attempt.scene.pause(_HELD_S)
        _kill(start)
        behind += attempt.send()
    return behind


def _kill(start: Event) -> None:
    with suppress(ProcessLookupError):
        os.kill(start.pid, signal.SIGKILL)


def _next_start(attempt: Attempt, poison: int, before: int, within_s: float) -> Event | None:
    """Return the start of the task after that many earlier ones; None if it does not come in time."""
    attempt.until(lambda ledger: len(ledger.starts(poison)) > before or poison in ledger.over, within_s)
    return next(iter(attempt.ledger().starts(poison)[before:]), None)


FAULTS = (
    Fault(
        name="delivery-limit",
        group="worker",
        title=f"SIGKILL of the pool's child at {_KILLS} starts of the same task",
        about=__doc__ or "",
        run=_run,
        settings=LATE,
        visibility_s=_VISIBILITY_S,
        looks_often=True,
        repeats=1,
        typical_s=60,
    ),
)
