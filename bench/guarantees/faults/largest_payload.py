"""Tasks with ever larger arguments are sent, up to 32 MiB: the largest that arrives, and what happens one byte above.

Limits are met in production, by the one document that is larger than all others. It should be an error at the caller;
one that is accepted and never arrives is a lost task. The size is that of one argument of ASCII characters: Celery and
kombu wrap it, on Redis and SQS in base64 twice. Where the search takes longer than 90 s, it ends between two sizes.
Source: "Amazon SQS message quotas" in the SQS developer guide, and `max_message_size` in RabbitMQ's configuration
reference.
"""

import math
import time
from dataclasses import dataclass
from functools import partial

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.ledger import Ledger
from bench.metrics.payload_limit import search_largest
from bench.subject.recorder import STARTED

__all__ = ["FAULTS"]

_MOST_BYTES = 32 * 2**20
_SEARCHING_S = 90.0
_ARRIVAL_S = 1.0
_SMALL_ONES = 20  # beyond the longest poll of an idle worker, a second each
_OVERTAKEN_S = 2.0
_REASON_CHARACTERS = 300


class _OutOfTimeError(Exception):
    """The search has taken too long."""


@dataclass
class _Search:
    """Tries sizes, and knows the largest that arrived and the smallest that did not, with its reason."""

    attempt: Attempt
    until_s: float
    largest: int = 0
    refused: int = 0
    reason: str = ""

    def __call__(self, size_bytes: int) -> str | None:
        if time.monotonic() > self.until_s:
            raise _OutOfTimeError
        reason = _refusal(self.attempt, size_bytes)
        if reason is None:
            self.largest = size_bytes
        else:
            self.refused, self.reason = size_bytes, reason
        return reason


def _play(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.finished(attempt.send(1))  # the first one connects
    search = _Search(attempt, time.monotonic() + _SEARCHING_S)
    try:
        search_largest(search, _MOST_BYTES)
    except _OutOfTimeError:
        attempt.note("the search takes too long, and ends")
    attempt.settle(_OVERTAKEN_S)
    figures = {"largest_bytes": float(search.largest)}
    if not search.refused:
        return Observation(f"{search.largest:,} bytes arrive; no more was tried", figures=figures)
    told = f"{search.largest:,} bytes arrive; {search.refused:,} do not: {search.reason[:_REASON_CHARACTERS]}"
    return Observation(told, figures={**figures, "refused_bytes": float(search.refused)})


def _refusal(attempt: Attempt, size_bytes: int) -> str | None:
    """Send one task with such a payload: None when it arrived, else why not."""
    refusals = len(attempt.refusals)
    (large,) = attempt.send(1, "tasks.echo", payload_bytes=size_bytes)
    if len(attempt.refusals) > refusals:
        return attempt.refusals[-1].error
    raised = _send_small_ones(attempt, large)
    if attempt.started([large], _OVERTAKEN_S):
        return None
    return f"it is accepted, and does not arrive{f'; a later call raises {raised}' if raised else ''}"


def _send_small_ones(attempt: Attempt, large: int) -> str:
    """Send small tasks until the large one or one of them arrives, and return what the first refused call raised.

    Where a broker closes the channel for a task that nobody waited to hear of, it is a later call that raises, and what
    was sent meanwhile is lost as well.
    """
    raised, refusals = "", len(attempt.refusals)
    for _ in range(_SMALL_ONES + math.ceil(attempt.scene.subject.broker.longest_poll_s)):
        (small,) = attempt.send(1)
        if len(attempt.refusals) > refusals:
            raised, refusals = raised or attempt.refusals[-1].error, len(attempt.refusals)
        elif attempt.until(partial(_has_started, {large, small}), _ARRIVAL_S):
            break
    return raised


def _has_started(numbers: set[int], ledger: Ledger) -> bool:
    return bool(numbers & ledger.numbers(STARTED))


FAULTS = (
    Fault(
        name="largest-payload",
        group="semantics",
        title="The largest payload, and one byte more",
        about=__doc__ or "",
        play=_play,
        breaks="nothing",
        shortened=False,  # a large one may take longer than the timeout would be
        repeats=1,  # it is a limit, found to the byte
        typical_s=50,
    ),
)
