"""Ten tasks with a countdown of 1 s, ten with 10 s and ten with 60 s are sent together; each starts a little late.

Countdowns are for reminders and later retries. On every broker here the worker takes such a task at once and holds it
until its time has come, so this measures the worker's clock and timer. A task must not start before its time. Source:
"ETA and Countdown" in "Calling Tasks" of Celery's user guide, and `celery/worker/strategy.py`.
"""

from statistics import median

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_COUNTDOWNS_S = (1, 10, 60)
_TASKS = 10
_PATIENCE_S = 20.0
_EARLY_S = -0.001  # an ETA has microseconds, and the wall clock decides


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.finished(attempt.send(1))  # the first task makes the connections
    sent = {seconds: attempt.send(_TASKS, options={"countdown": seconds}) for seconds in _COUNTDOWNS_S}
    attempt.settle(_COUNTDOWNS_S[-1] + _PATIENCE_S)
    ledger = attempt.ledger()
    late_s = {seconds: [wait_s - seconds for wait_s in ledger.waits_s(numbers)] for seconds, numbers in sent.items()}
    early = any(min(found, default=0.0) < _EARLY_S for found in late_s.values())
    lateness = [_lateness(seconds, found) for seconds, found in late_s.items()]
    return Observation(
        f"{'some start before their time; ' if early else ''}lateness (median and longest): {'; '.join(lateness)}",
        kept=False if early else None,
        figures={
            f"after_{seconds}s_{name}_ms": figure * 1e3
            for seconds, found in late_s.items()
            if found
            for name, figure in (("median", median(found)), ("longest", max(found)))
        },
    )


def _lateness(seconds: int, late_s: list[float]) -> str:
    if not late_s:
        return f"none started after {seconds} s"
    return f"{median(late_s) * 1e3:.0f} and {max(late_s) * 1e3:.0f} ms after {seconds} s"


FAULTS = (
    Fault(
        name="eta-accuracy",
        group="semantics",
        title="Countdowns of 1, 10 and 60 s: how late the tasks start",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        settings={"worker_prefetch_multiplier": len(_COUNTDOWNS_S) * _TASKS + 2},  # no task waits for a place
        shortened=False,  # a short visibility timeout would redeliver them
        repeats=1,  # each countdown has ten tasks
        typical_s=75,
    ),
)
