"""A waiting task is revoked, and its worker ends. The task comes back to another worker, where it must not run either.

A worker keeps the ids of revoked tasks in memory. With `--statedb` it also writes them to a file for its successor, but
only when it exits by itself: after SIGTERM it does, after SIGKILL it cannot. Without that file a new worker learns the
ids from the workers that it finds as it starts (mingle, on brokers that support it). All of this needs remote control;
without it, a worker never hears of the revoke. Source: "Persistent revokes" in the "Workers Guide" of Celery's user
guide, `celery/worker/state.py` and `celery/worker/consumer/mingle.py`.
"""

import signal
from collections.abc import Callable
from functools import partial

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import LATE
from bench.guarantees.remote_control import UNHEARD, is_heard
from bench.guarantees.worker import Worker
from bench.subject.recorder import ACKED, RECEIVED, task_id

__all__ = ["FAULTS"]

_End = Callable[[Attempt, Worker, Worker | None], None]
_RUNNING_S, _STARTING_S, _LEAST_S = 6.0, 15.0, 3.0  # for longer where another worker starts meanwhile
_RECEIVING_S, _HEARING_TIMES, _ENDING_S = 5.0, 5, 20.0
_ANSWER_S, _PATIENCE_S = 1.0, 45.0
_VISIBILITY_S = 20.0  # longer than a task runs, so that it does not come back meanwhile
_LAST_S = 1.0  # without an order, the revoked task may come last


def _run(attempt: Attempt, end: _End, running_s: float) -> Observation:
    worker = attempt.worker()
    if not is_heard(attempt):
        return Observation(f"{UNHEARD}, so none can hear of a revoke", tested=False)
    held = attempt.scene.held_worker() if end is _relieved else None
    attempt.put_to_work(running_s, least_s=_LEAST_S)
    (revoked,) = attempt.send(1, runs=0)
    attempt.until(lambda ledger: revoked in ledger.numbers(RECEIVED), _RECEIVING_S)
    attempt.note("the waiting task is revoked")
    attempt.command("revoke", first=revoked, count=1)
    if not _is_known(attempt, revoked):
        return Observation("the worker does not hear of the revoke", kept=False)
    end(attempt, worker, held)
    attempt.recover(_PATIENCE_S)
    back = attempt.until(
        lambda ledger: any(one.pid != worker.process.pid for one in ledger.of(ACKED, revoked)),
        attempt.redelivery_s + _RECEIVING_S,
    )
    attempt.scene.pause(_LAST_S)
    attempt.settle()
    ran = bool(attempt.ledger().starts(revoked))
    words = "runs anyway" if ran else "does not run" if back else "does not come back to another worker"
    return Observation(f"the revoked task {words}", kept=False if ran else None, tested=back)


def _is_known(attempt: Attempt, revoked: int) -> bool:
    """Return whether the worker names the task among those that are revoked."""
    asked = (attempt.command("inspect", what="revoked", patience_s=_ANSWER_S) for _ in range(_HEARING_TIMES))
    return any(task_id(revoked) in answer["reply"] for answer in asked)


def _warm(attempt: Attempt, worker: Worker, _: Worker | None) -> None:
    attempt.break_by("the worker is asked to shut down (SIGTERM)", lambda: worker.signal(signal.SIGTERM))
    if not worker.wait_ended(_ENDING_S):
        attempt.note(f"the worker has not ended within {_ENDING_S:.0f} s and is killed")
        worker.kill()
    attempt.heal_by("another worker is ready, with the same --statedb", attempt.worker)


def _killed(attempt: Attempt, worker: Worker, _: Worker | None) -> None:
    attempt.break_by("the worker is killed with its children (SIGKILL)", worker.kill)
    attempt.heal_by("another worker is ready, with the same --statedb", attempt.worker)


def _relieved(attempt: Attempt, worker: Worker, held: Worker | None) -> None:
    if held is not None:
        attempt.scene.release(held)
    attempt.note("another worker is ready: it has asked the first which tasks are revoked")
    attempt.break_by("the first worker is killed with its children (SIGKILL)", worker.kill)
    attempt.healed_ns = attempt.note("the other worker is left")


def _fault(kind: str, title: str, end: _End, options: tuple[str, ...]) -> Fault:
    return Fault(
        name=f"revoked-persistently-{kind}",
        group="worker",
        title=f"A task is revoked, {title}",
        about=__doc__ or "",
        run=partial(_run, end=end, running_s=_STARTING_S if end is _relieved else _RUNNING_S),
        settings={**LATE, "worker_enable_remote_control": True},
        visibility_s=_VISIBILITY_S,
        worker_options=options,
        mingle=not options,
        typical_s=75,
    )


_KEPT = ("--statedb", "{folder}/revoked")
FAULTS = (
    _fault("warm", "and its worker with --statedb is shut down (SIGTERM)", _warm, _KEPT),
    _fault("killed", "and its worker with --statedb is killed (SIGKILL)", _killed, _KEPT),
    _fault("mingle", "and its worker is killed when another has just started", _relieved, ()),
)
