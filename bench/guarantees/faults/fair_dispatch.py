"""A task of 5 s runs, and ten short tasks are sent that do not need to wait for its end.

There is always something free to run them: the second process of the worker's pool, or a second worker. Within a worker
`-O fair`, the default, gives a task to a free process. Nothing does that between workers: a busy worker keeps what it
has prefetched, `worker_prefetch_multiplier` tasks for each process. With a multiplier of 1 it still takes one task in
advance, unless acknowledgement is late. Source: "Prefetch Limits" and "Prefork pool prefetch settings" in "Optimizing"
of Celery's user guide.
"""

from functools import partial

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.ledger import Ledger
from bench.subject.recorder import FINISHED, RECEIVED

__all__ = ["FAULTS"]

_LONG_S, _LEAST_S = 5.0, 0.7
_SHORT = 10


def _run(attempt: Attempt, workers: int) -> Observation:
    attempt.scene.crew(workers)
    (long,) = attempt.send_long(_LONG_S, least_s=_LEAST_S)
    attempt.started([long])
    short = attempt.send(_SHORT)
    attempt.settle()
    ledger = attempt.ledger()
    held = sum(_held_back(ledger, number, long) for number in short)
    longest_s = max(ledger.waits_s(short), default=0.0)
    return Observation(
        f"{held} of {_SHORT} short tasks wait in a worker until the long task has ended; the {_SHORT} wait up to "
        f"{longest_s:.2f} s",
        figures={"held_back_tasks": float(held), "longest_wait_s": longest_s},
    )


def _held_back(ledger: Ledger, short: int, long: int) -> bool:
    """Return whether a worker had the short task before the long one ended, and ran it after (or came to it late)."""
    received, starts, ends = ledger.of(RECEIVED, short), ledger.starts(short), ledger.of(FINISHED, long)
    return bool(received and starts and ends) and received[0].at_ns < ends[0].at_ns < starts[0].at_ns


def _fault(workers: int, multiplier: int) -> Fault:
    where, what = ("worker", "one worker with two processes") if workers == 1 else ("workers", "two workers with one")
    return Fault(
        name=f"fair-{where}-prefetch-{multiplier}",
        group="semantics",
        title=f"A long task and ten short ones, {what}, prefetch multiplier {multiplier}",
        about=__doc__ or "",
        run=partial(_run, workers=workers),
        breaks="nothing",
        promised=False,
        concurrency=2 // workers,
        settings={"worker_prefetch_multiplier": multiplier},
        shortened=False,  # the long task must not come back
        typical_s=30,
    )


FAULTS = tuple(_fault(workers, multiplier) for workers in (1, 2) for multiplier in (1, 4))
