"""A deploy every 3 s, 17 times, while tasks are at work that take longer than a worker lives.

When a release does not start well, or an autoscaler cannot make up its mind, workers are replaced again and again. Here
each gets SIGTERM, a grace period of 1 s, and SIGKILL, and the next one is ready before. Two tasks of 5 s with late
acknowledgement are at work: none of them can finish before the deploys end, and each deploy repeats what it killed, at
once or after the visibility timeout. Where workers start slowly, the tasks are longer. What matters is that they are
still there when the deploys end, and that no short task is lost meanwhile. RabbitMQ from 4.0 on drops a message from a
quorum queue after 20 deliveries; this has fewer. Source: `acks_late` in Celery's user guide, and "Poison Message
Handling" in RabbitMQ's guide to quorum queues.
"""

import time

from bench.guarantees.attempt import Attempt
from bench.guarantees.deploying import end_old, stood_still_s
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import LATE
from bench.subject.recorder import FINISHED

__all__ = ["FAULTS"]

_LONG, _DEPLOYS = 2, 17
_EVERY_S, _GRACE_S, _LEAST_S = 3.0, 1.0, 5.0
_VISIBILITY_S = 20.0  # longer than a task
_INTERVAL_S = 0.5
_PATIENCE_S = 4.0


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    begin_s = time.monotonic()
    _deploy(attempt, begin_s)
    task_s = min(max(_LEAST_S, _EVERY_S + time.monotonic() - begin_s), _VISIBILITY_S - 1)
    long = [number for _ in range(_LONG) for number in attempt.send_long(task_s, least_s=task_s)]
    attempt.must_start(long)
    storm_s = _DEPLOYS * _EVERY_S
    arriving = attempt.begin_to_send(round(storm_s / _INTERVAL_S), interval_s=_INTERVAL_S)
    attempt.fault_ns = attempt.note(f"a deploy every {_EVERY_S:g} s begins, with tasks of {task_s:.1f} s")
    begin_s = time.monotonic()
    killed = sum(_deploy(attempt, begin_s + (place + 1) * _EVERY_S) for place in range(_DEPLOYS))
    attempt.heal_by("the deploys are over", lambda: None)
    attempt.end_sending(storm_s)
    attempt.recover(within_s=30)
    attempt.settle(attempt.redelivery_s + _LONG * task_s + _PATIENCE_S, linger=True)
    return _observation(attempt, long, arriving, killed)


def _deploy(attempt: Attempt, at_s: float) -> bool:
    """Replace the worker at that time, or as soon as the next one can begin; return whether the old one was killed."""
    old, new = attempt.scene.workers[-1], attempt.scene.held_worker()
    attempt.scene.pause(max(0.0, at_s - time.monotonic()))
    attempt.scene.release(new)
    attempt.note(f"{new.name} is ready, and {old.name} is asked to end (SIGTERM)")
    return end_old(attempt, old, _GRACE_S).killed


def _observation(attempt: Attempt, long: list[int], arriving: range, killed: int) -> Observation:
    ledger, begun_ns, ended_ns = attempt.ledger(), attempt.fault_ns or 0, attempt.healed_ns or 0
    starts = [len(ledger.starts(number)) for number in long]
    early = sum(1 for number in long if any(end.at_ns < ended_ns for end in ledger.of(FINISHED, number)))
    still_s = stood_still_s(ledger, arriving, begun_ns, ended_ns)
    return Observation(
        f"{_DEPLOYS} deploys kill {killed} workers; {early} of {len(long)} long tasks finish before the deploys end, "
        f"and each starts {min(starts)}-{max(starts)} times; no task starts for {still_s:.1f} s at most",
        tested=max(starts) > 1,
        figures={
            "workers_killed": float(killed),
            "finished_before": float(early),
            "starts_most": float(max(starts)),
            "standstill_s": still_s,
        },
    )


FAULTS = (
    Fault(
        name="deploy-storm",
        group="worker",
        title="A deploy every 3 s, 17 times, with tasks of 5 s and late acknowledgement",
        about=__doc__ or "",
        run=_run,
        concurrency=_LONG + 1,
        settings=LATE,
        visibility_s=_VISIBILITY_S,
        looks_often=True,
        repeats=1,  # it has many deploys
        typical_s=120,
    ),
)
