"""Ten tasks each with a countdown of 1, 10 and 60 s are sent together, and each starts a little late.

A countdown is how one sends a reminder or tries again later. On every broker here the worker takes such a task at once
and holds it until its time has come, so it is the worker's clock and timer that are seen. A task must not start before
its time. Source: "ETA and Countdown" in "Calling Tasks" of Celery's user guide, and `celery/worker/strategy.py`.
"""

from statistics import median

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_COUNTDOWNS_S = (1, 10, 60)
_TASKS = 10
_PATIENCE_S = 20.0
_EARLY_S = -0.001  # an ETA is kept to the microsecond, by the wall clock


def _play(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.finished(attempt.send(1))  # the first one connects
    sent = {seconds: attempt.send(_TASKS, options={"countdown": seconds}) for seconds in _COUNTDOWNS_S}
    attempt.settle(_COUNTDOWNS_S[-1] + _PATIENCE_S)
    ledger = attempt.ledger()
    late_s = {seconds: [wait_s - seconds for wait_s in ledger.waits_s(numbers)] for seconds, numbers in sent.items()}
    early = any(min(found, default=0.0) < _EARLY_S for found in late_s.values())
    told = [_told(seconds, found) for seconds, found in late_s.items()]
    return Observation(
        f"{'some start before their time; ' if early else ''}lateness, median and longest: {'; '.join(told)}",
        kept=False if early else None,
        figures={
            f"after_{seconds}s_{name}_ms": figure * 1e3
            for seconds, found in late_s.items()
            if found
            for name, figure in (("median", median(found)), ("longest", max(found)))
        },
    )


def _told(seconds: int, late_s: list[float]) -> str:
    if not late_s:
        return f"none started after {seconds} s"
    return f"{median(late_s) * 1e3:.0f} and {max(late_s) * 1e3:.0f} ms after {seconds} s"


FAULTS = (
    Fault(
        name="eta-accuracy",
        group="semantics",
        title="Countdowns of 1, 10 and 60 s: how late the tasks start",
        about=__doc__ or "",
        play=_play,
        breaks="nothing",
        settings={"worker_prefetch_multiplier": len(_COUNTDOWNS_S) * _TASKS + 2},  # none waits for a place
        shortened=False,  # a short visibility timeout would give them out again
        repeats=1,  # each countdown has ten tasks
        typical_s=75,
    ),
)
