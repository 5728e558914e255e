"""The pool's only process is replaced after every five tasks (`worker_max_tasks_per_child`), as 20 short tasks run.

This limits what a leak can take. No task should be lost or run twice for it. The figures say how long the pool stands
still: from the last end in a process to the first start in its successor. That may be 5 s: Celery hears that a process
closes before the system can say that it has ended, and then looks again only every 5 s. In the third fault the worker
is shut down (SIGTERM) as its process comes to its last task: what the worker holds must return to the broker, and it
must end within 30 s, after which Kubernetes kills a container. A process that has run its last task waits until its
parent has read the result, at most 30 s, and a parent that shuts down may not read it. Source: "Max tasks per child
setting" in the "Workers Guide" of Celery's user guide, celery issue 9588, `_event_process_exit` in
`celery/concurrency/asynpool.py`, and `_ensure_messages_consumed` in `billiard/pool.py`.
"""

import signal
import statistics
from itertools import pairwise

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation, Run
from bench.guarantees.faults.worker_killed import EARLY, LATE
from bench.guarantees.ledger import Event, Ledger
from bench.records.matrix import Breaks
from bench.subject.recorder import FINISHED, STARTED
from brokers.protocol import Settings

__all__ = ["FAULTS"]

_LIMIT, _TASKS, _WAITING = 5, 20, 3
_PATIENCE_S, _STARTING_S, _ENDING_S = 60.0, 20.0, 30.0
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


def _shut_down(attempt: Attempt) -> Observation:
    attempt.scene.dismiss_workers()  # the processes of a new worker have run nothing
    worker = attempt.worker()
    attempt.send(_LIMIT + _WAITING)
    attempt.until(lambda ledger: len(ledger.finished) >= _LIMIT - 1, _STARTING_S)
    attempt.break_by("the worker is asked to shut down (SIGTERM)", lambda: worker.signal(signal.SIGTERM))
    ended = worker.wait_ended(_ENDING_S)
    if not ended:
        attempt.note(f"the worker has not ended within {_ENDING_S:.0f} s and is killed")
        worker.kill()
    attempt.note("the worker has ended")
    last = max(map(len, _by_process(attempt.ledger())), default=0) >= _LIMIT
    attempt.heal_by("another worker is ready", attempt.worker)
    attempt.recover(within_s=60)
    attempt.settle(_PATIENCE_S)
    attempt.settle(linger=True)
    return Observation(
        ("its process has run its last task" if last else "its process has not come to its last task")
        + ("" if ended else f", and the worker does not end within {_ENDING_S:.0f} s"),
        kept=None if ended else False,
        tested=last,
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


def _fault(kind: str, title: str, run: Run, settings: Settings, breaks: Breaks) -> Fault:
    return Fault(
        name=f"max-tasks-per-child-{kind}",
        group="worker",
        title=f"{title} (worker_max_tasks_per_child={_LIMIT})",
        about=__doc__ or "",
        run=run,
        breaks=breaks,
        settings={**settings, "worker_max_tasks_per_child": _LIMIT},
        visibility_s=_VISIBILITY_S,
        typical_s=60,
    )


_REPLACED = "The pool's process is replaced,"
FAULTS = (
    _fault("early", f"{_REPLACED} early acknowledgement", _replaced, EARLY, "nothing"),
    _fault("late", f"{_REPLACED} late acknowledgement", _replaced, LATE, "nothing"),
    _fault("shutdown", "SIGTERM of the worker as its process comes to its last task", _shut_down, LATE, "worker"),
)
