"""A task exceeds its hard time limit of 1 s, until 10 s later it would return at once: what it waited for is back.

Celery kills the child of a task that exceeds `time_limit`. With late acknowledgement, `task_acks_on_timeout` (before
Celery 5.7: `task_acks_on_failure_or_timeout`) decides what happens to the message. If it is true, the default, the task
is acknowledged as failed and never runs again, although it did not finish. If it is false, the task goes back to the
queue, without a pause and as often as it takes, and each run costs a child. The limit is the fault's own: it is in the
message, where it replaces that of a user's task. Source: "Time Limits" in Celery's user guide, `task_acks_on_timeout`
in its configuration reference.
"""

import time
from functools import partial

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import LATE
from bench.subject.recorder import FINISHED, TIME_LIMITED
from bench.text.numbers import times
from brokers.protocol import Settings

__all__ = ["FAULTS"]

_LIMIT_S = 1.0
_DOWN_S = 10.0
_BEHIND = 5


def _run(attempt: Attempt, *, comes_back: bool) -> Observation:
    attempt.worker()
    attempt.scene.sender()  # starting it takes a while, and the task's time begins now
    limit = {"time_limit": _LIMIT_S}
    (task,) = attempt.send(1, "tasks.wait_until", time.time() + _DOWN_S, options=limit)
    attempt.must_start([task])
    attempt.fault_ns = attempt.note(f"a task with a time limit of {_LIMIT_S:.0f} s would run for {_DOWN_S:.0f} s")
    behind = set(attempt.send(_BEHIND))
    attempt.scene.pause(_DOWN_S)
    attempt.healed_ns = attempt.note("from now on the task would return at once")
    attempt.recover(within_s=30)
    attempt.settle(linger=not comes_back)
    ledger = attempt.ledger()
    runs, killed = len(ledger.starts(task)), len(ledger.of(TIME_LIMITED, task))
    words = f"it starts {times(runs)}, and is killed at its limit {times(killed)}"
    end = "then finishes" if ledger.of(FINISHED, task) else "never finishes"
    passed = sum(ledger.was_over(number, attempt.healed_ns) for number in behind)
    return Observation(
        f"{words}; it {end}; {passed} of {_BEHIND} tasks behind it finish meanwhile",
        figures={"runs": float(runs), "killed": float(killed), "behind_finished": float(passed)},
    )


def _fault(name: str, what: str, *, acknowledges: bool) -> Fault:
    settings: Settings = {"task_acks_on_failure_or_timeout": acknowledges, "task_acks_on_timeout": acknowledges}
    return Fault(
        name=f"time-limit-{name}",
        group="worker",
        title=f"A task exceeds its hard time limit, late acknowledgement, {what}",
        about=__doc__ or "",
        run=partial(_run, comes_back=not acknowledges),
        breaks="nothing",
        settings={**LATE, **settings},
        looks_often=True,
        promised=not acknowledges,
        typical_s=60,
    )


FAULTS = (
    _fault("acked", "acknowledged at the limit", acknowledges=True),
    _fault("requeued", "requeued at the limit", acknowledges=False),
)
