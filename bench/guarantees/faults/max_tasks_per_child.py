"""The pool's only process is replaced after every five tasks (`worker_max_tasks_per_child`), as 20 short tasks run.

This limits what a leak can take. No task should be lost or run twice for it. The figures say how long the pool stands
still: from the last end in a process to the first start in its successor. That may be 5 s: Celery hears that a process
closes before the system can say that it has ended, and then looks again only every 5 s. Source: "Max tasks per child
setting" in the "Workers Guide" of Celery's user guide, celery issue 9588, and `_event_process_exit` in
`celery/concurrency/asynpool.py`.
"""

import statistics
from itertools import pairwise

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import EARLY, LATE
from bench.guarantees.ledger import Event, Ledger
from bench.subject.recorder import FINISHED, STARTED
from brokers.protocol import Settings

__all__ = ["FAULTS"]

_LIMIT, _TASKS = 5, 20
_PATIENCE_S = 60.0
_VISIBILITY_S = 20.0  # longer than a task waits in the worker while the pool stands still


def _replaced(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.send(_TASKS)
    attempt.settle(_PATIENCE_S)
    attempt.settle(linger=True)  # what the replaced process had run may come back
    ledger = attempt.ledger()
    stood_still_s = _standstills_s(ledger)
    most = max((len(starts) for starts in _by_process(ledger)), default=0)
    return Observation(
        f"{_in_words(stood_still_s)}; no process runs more than {most} tasks",
        tested=bool(stood_still_s) and most <= _LIMIT,
        figures=_figures(stood_still_s),
    )


def _by_process(ledger: Ledger) -> list[list[Event]]:
    """Return the starts in each process."""
    found: dict[int, list[Event]] = {}
    for event in ledger.events:
        if event.kind == STARTED:
            found.setdefault(event.pid, []).append(event)
    return list(found.values())


def _standstills_s(ledger: Ledger) -> list[float]:
    """Return the times from the last end in a process to the first start in the next."""
    runs = [event for event in ledger.events if event.kind in (STARTED, FINISHED)]
    pairs = pairwise(runs)
    return [(after.at_ns - before.at_ns) / 1e9 for before, after in pairs if before.pid != after.pid]


def _in_words(stood_still_s: list[float]) -> str:
    if not stood_still_s:
        return "no process is replaced"
    median_s, longest_s = statistics.median(stood_still_s), max(stood_still_s)
    return f"the pool stands still {len(stood_still_s)} times, for {median_s:.2f} s (median), at most {longest_s:.2f} s"


def _figures(stood_still_s: list[float]) -> dict[str, float]:
    if not stood_still_s:
        return {"replacements": 0.0}
    return {
        "replacements": float(len(stood_still_s)),
        "standstill_median_s": statistics.median(stood_still_s),
        "standstill_longest_s": max(stood_still_s),
    }


def _fault(kind: str, settings: Settings) -> Fault:
    return Fault(
        name=f"max-tasks-per-child-{kind}",
        group="worker",
        title=f"The pool's process is replaced after every {_LIMIT} tasks, {kind} acknowledgement",
        about=__doc__ or "",
        run=_replaced,
        breaks="nothing",
        settings={**settings, "worker_max_tasks_per_child": _LIMIT},
        visibility_s=_VISIBILITY_S,
        typical_s=60,
    )


FAULTS = (_fault("early", EARLY), _fault("late", LATE))
