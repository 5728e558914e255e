"""A worker runs with `--autoscale=4,1`: its pool grows while tasks wait, and shrinks when there is less to do.

`autoscale`: 30 tasks come at once, then a task of 12 s runs alone and the pool shrinks beside it, then 30 tasks come
again. The process that runs the long task must survive, and the pool must grow each time. `autoscale-changed`: the
limits become 2 and 1 by remote control, and with them the prefetch count, which Celery sets to 4 tasks for each process
of the largest pool. On RabbitMQ with quorum queues, and from 4.0 on with any, a worker that consumes cannot change its
prefetch count, and holds as many tasks as before. `autoscale-countdown`: four tasks of 2 s with a countdown are due
when the pool has one process. It does not grow when they are due, but when a task arrives, or when Celery looks again,
once in `AUTOSCALE_KEEPALIVE`: that is 30 s by default and 3 s here, as is the time without new tasks after which it
shrinks. Source: "Autoscaling" in the "Workers Guide" and "Limitations" in "Using RabbitMQ" of Celery's documentation,
and `celery/worker/autoscale.py`.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation, Run
from bench.guarantees.ledger import Ledger
from bench.guarantees.remote_control import UNHEARD, is_heard
from bench.guarantees.worker import Worker
from bench.subject.recorder import ACKED, FINISHED, RECEIVED, STARTED
from bench.text.numbers import plural

__all__ = ["FAULTS"]

_MOST, _LEAST, _LOWERED = 4, 1, 2
_MULTIPLIER = 4
_KEEPALIVE_S = 3.0
_LOAD, _LOAD_TASK_S, _LOAD_S = 30, 0.4, 40.0
_LONG_S, _SHRINKING_S = 12.0, 9.0  # the pool shrinks after at most two keepalives
_DUE, _DUE_TASK_S, _COUNTDOWN_S = 4, 2.0, 3.0
_CHANGING_S = 1.0


def _up_and_down(attempt: Attempt) -> Observation:
    worker = attempt.worker()
    load = _under_load(attempt)
    long = attempt.put_to_work(_LONG_S, least_s=_SHRINKING_S).number
    shrunk = _shrunk(attempt, worker)
    attempt.fault_ns = attempt.note(f"while the long task runs, the processes of the pool are {shrunk}")
    again = _under_load(attempt)
    attempt.settle(_LONG_S + _LOAD_S)
    ledger = attempt.ledger()
    first, held = _most_at_once(ledger, load), _most_held(ledger, load)
    second = _most_at_once(ledger, range(long, again.stop))
    why = _why_wrong(ledger, long, min(first, second))
    words = f"the pool runs {first} tasks at a time, shrinks to {_processes(shrunk)}, and runs {second} at a time again"
    return Observation(
        "; ".join(filter(None, (words, f"the worker holds up to {held} tasks", why))),
        kept=False if why else None,
        tested=shrunk == _LEAST,
        figures={"most_processes": float(first), "processes_left": float(shrunk), "most_held_tasks": float(held)},
    )


def _why_wrong(ledger: Ledger, long: int, at_once: int) -> str:
    if long in ledger.lost:
        return "the process that runs the long task is ended"
    return "" if at_once > _LEAST else "the pool does not grow"


def _lowered(attempt: Attempt) -> Observation:
    attempt.worker()
    if not is_heard(attempt):
        return Observation(f"{UNHEARD}, so none can hear of other limits", tested=False)
    before = _under_load(attempt)
    attempt.fault_ns = attempt.note(f"the limits become {_LOWERED} and {_LEAST} (autoscale)")
    confirmed = attempt.command("control", what="autoscale", max=_LOWERED, min=_LEAST)["workers"]
    attempt.scene.pause(_CHANGING_S)
    after = _under_load(attempt)
    attempt.settle()
    ledger = attempt.ledger()
    attempt.scene.dismiss_workers()  # the next attempt begins with the old limits
    held, still_held = _most_held(ledger, before), _most_held(ledger, after)
    at_once = _most_at_once(ledger, after)
    return Observation(
        f"{_processes(_MOST)}: the worker holds up to {held} tasks; {_processes(_LOWERED)}: {still_held}, "
        f"{at_once} of them running" + ("" if confirmed else "; the worker does not confirm the change"),
        tested=bool(confirmed),
        figures={"held_before_tasks": float(held), "held_after_tasks": float(still_held)},
    )


def _countdown(attempt: Attempt) -> Observation:
    left = _shrunk(attempt, attempt.worker())
    due = attempt.send(_DUE, "tasks.sleep", _DUE_TASK_S, options={"countdown": _COUNTDOWN_S})
    attempt.settle(_COUNTDOWN_S + _DUE * _DUE_TASK_S + _SHRINKING_S)
    ledger = attempt.ledger()
    late_s = max((wait_s - _COUNTDOWN_S for wait_s in ledger.waits_s(due)), default=0.0)
    return Observation(
        f"{_DUE} tasks are due: the last starts {late_s:.1f} s late, {_most_at_once(ledger, due)} run at a time",
        tested=left == _LEAST,
        figures={"longest_late_s": late_s},
    )


def _under_load(attempt: Attempt) -> range:
    """Send tasks that come at once, wait until all are finished, and return their numbers."""
    numbers = attempt.send(_LOAD, "tasks.sleep", _LOAD_TASK_S)
    attempt.finished(numbers, _LOAD_S)
    return numbers


def _shrunk(attempt: Attempt, worker: Worker) -> int:
    """Wait until the pool has shrunk, at most for the time that it should take, and return how many are left."""
    attempt.until(lambda _: worker.process.children() <= _LEAST, _SHRINKING_S)
    return worker.process.children()


def _most_at_once(ledger: Ledger, numbers: range) -> int:
    """Return how many of these tasks ran at the same time, at most."""
    return _most(ledger, numbers, STARTED, FINISHED)


def _most_held(ledger: Ledger, numbers: range) -> int:
    """Return how many of these tasks were received and not yet acknowledged at the same time, at most."""
    return _most(ledger, numbers, RECEIVED, ACKED)


def _most(ledger: Ledger, numbers: range, begin: int, end: int) -> int:
    now = most = 0
    for event in ledger.events:
        if event.number in numbers and event.kind in (begin, end):
            now += 1 if event.kind == begin else -1
            most = max(most, now)
    return most


def _processes(count: int) -> str:
    return plural(count, "process", "processes")


def _fault(name: str, title: str, run: Run, *, promised: bool = False, is_changed: bool = False) -> Fault:
    remote = {"worker_enable_remote_control": True} if is_changed else {}
    return Fault(
        name=name,
        group="worker",
        title=f"{title} (--autoscale={_MOST},{_LEAST})",
        about=__doc__ or "",
        run=run,
        breaks="nothing",
        promised=promised,
        settings={"worker_prefetch_multiplier": _MULTIPLIER, **remote},
        worker_options=(f"--autoscale={_MOST},{_LEAST}",),
        environment={"AUTOSCALE_KEEPALIVE": str(_KEEPALIVE_S)},
        shortened=False,  # a task that waits in the worker must not come back
        typical_s=60,
    )


FAULTS = (
    _fault(
        "autoscale", "The load rises, ends and rises again, and a long task runs between", _up_and_down, promised=True
    ),
    _fault("autoscale-changed", "The limits of the pool are lowered by remote control", _lowered, is_changed=True),
    _fault("autoscale-countdown", "Tasks with a countdown are due when the pool has shrunk", _countdown),
)
