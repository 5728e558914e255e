"""Tasks with larger and larger arguments are sent, up to 32 MiB, to find the largest that arrives and what stops more.

In production you meet this limit with the one document that is larger than all others. The caller should get an error;
a task that is accepted and never arrives is lost. The size is that of one argument of ASCII characters: Celery and
kombu wrap it, on Redis and SQS in base64 twice. If the search takes longer than 90 s, it ends between two sizes.
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
_SMALL_ONES = 20  # in addition to the longest poll of an idle worker, one each second
_OVERTAKEN_S = 2.0
_REASON_CHARACTERS = 300


class _OutOfTimeError(Exception):
    """The search took too long."""


@dataclass
class _Search:
    """Tries sizes; knows the largest that arrived, and the smallest that did not, with the reason."""

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


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.finished(attempt.send(1))  # the first task makes the connections
    search = _Search(attempt, time.monotonic() + _SEARCHING_S)
    try:
        search_largest(search, _MOST_BYTES)
    except _OutOfTimeError:
        attempt.note("the search took too long and ends")
    attempt.settle(_OVERTAKEN_S)
    figures = {"largest_bytes": float(search.largest)}
    if not search.refused:
        return Observation(f"{search.largest:,} bytes arrive; nothing larger was tried", figures=figures)
    words = f"{search.largest:,} bytes arrive; {search.refused:,} do not: {search.reason[:_REASON_CHARACTERS]}"
    return Observation(words, figures={**figures, "refused_bytes": float(search.refused)})


def _refusal(attempt: Attempt, size_bytes: int) -> str | None:
    """Send a task with a payload of that size; return why it did not arrive, None if it did."""
    refusals = len(attempt.refusals)
    (large,) = attempt.send(1, "tasks.echo", payload_bytes=size_bytes)
    if len(attempt.refusals) > refusals:
        return attempt.refusals[-1].error
    raised = _send_small_ones(attempt, large)
    if attempt.started([large], _OVERTAKEN_S):
        return None
    return f"it is accepted, but does not arrive{f'; a later call raises {raised}' if raised else ''}"


def _send_small_ones(attempt: Attempt, large: int) -> str:
    """Send small tasks until the large one or one of them arrives, and return what the first refused call raised.

    Without publisher confirms, a broker that closes the channel for the large task makes a later call raise, and the
    tasks sent in between are lost, too.
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
        run=_run,
        breaks="nothing",
        shortened=False,  # a large task may take longer than the short timeout
        repeats=1,  # the limit is found to the byte
        typical_s=50,
    ),
)
