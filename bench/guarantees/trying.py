"""Tries a user's task before the cells run: if it fails or takes long, they would mean nothing."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from bench.guarantees.attempt import Attempt
from bench.guarantees.attempt_record import limits_in_words
from bench.guarantees.cell import CellContext, scene_of
from bench.guarantees.fault import Fault
from bench.guarantees.scene import Scene
from bench.processes.errors import SubjectFailed
from bench.processes.subject import Subject
from bench.records.provenance import OwnLimit
from bench.subject.recorder import ENTERED, FINISHED, STARTED, UNSENT
from bench.text.limits import own_limit
from brokers.errors import UsageError
from brokers.protocol import Server

__all__ = ["override_warnings", "rate_warnings", "try_task"]

_LONGEST_S = 0.5
_PATIENCE_S, _STARTING_S, _RUNNING_S = 5.0, 20.0, 1.0
_RUNS = 2  # the first run in a process may import half of an app
_NO_FAULT = Fault(
    name="users-task",
    group="worker",
    title="The user's task runs",
    about="",
    run=lambda _: None,
    breaks="nothing",
    shortened=False,
)


def try_task(subject: Subject, server: Server, context: CellContext, over: threading.Event) -> dict[str, Any]:
    """Have a real worker of the subject run the user's task, and return the facts that its processes reported.

    A task that takes longer than half a second runs once more. Raises UsageError if the task raises, cannot be sent, or
    takes that long again; SubjectFailed if the app does not start or its worker does not start the task.
    """
    with scene_of(_NO_FAULT, subject, server, context, over) as scene:
        attempt = Attempt(scene, 0)
        attempt.worker()
        took_s = 0.0
        for _ in range(_RUNS):
            took_s = _run(attempt)
            if took_s <= _LONGEST_S:
                return scene.facts
    name = context.workload.task
    took = f"{took_s:.1f} s" if took_s < _PATIENCE_S else f"more than {_PATIENCE_S:.0f} s"
    raise UsageError(f"{name} takes {took}, but may take at most {_LONGEST_S} s: replace its body with --dry")


def override_warnings(overridden: Mapping[str, list[str]]) -> list[str]:
    """Return warnings that name the app's overridden settings: those on every subject, then those on some."""
    common = set.intersection(*map(set, overridden.values())) if overridden else set()
    by_place = {"": sorted(common)} | {f"{label}: ": sorted(set(own) - common) for label, own in overridden.items()}
    return [
        f"{where}the measurement overrode the app's {', '.join(names)}" for where, names in by_place.items() if names
    ]


def rate_warnings(limits: Iterable[OwnLimit]) -> list[str]:
    """Return a warning for each rate limit that is off while faults run."""
    rates = dict.fromkeys(own_limit(limit) for limit in limits if limit.kind == "rate")
    return [f"{rate} is off here: it delays tasks, and loses none" for rate in rates]


def _run(attempt: Attempt) -> float:
    """Have the task run once, and return the seconds that it took, or the patience if it did not finish."""
    name = attempt.scene.workload.task
    (number,) = attempt.send(1)
    if attempt.refusals:
        raise UsageError(
            f"{name} cannot be sent ({attempt.refusals[0].error}): pass its arguments with --args and --kwargs"
        )
    seen = (STARTED, UNSENT, ENTERED)
    attempt.until(lambda ledger: any(ledger.of(kind, number) for kind in seen) or number in ledger.over, _STARTING_S)
    started = attempt.until(lambda ledger: bool(ledger.starts(number)), _RUNNING_S)
    if started:
        attempt.finished([number], _PATIENCE_S)
    if words := "; ".join(limits_in_words(attempt, attempt.ledger())):
        raise UsageError(f"{words}, when {name} was tried: raise the limit, pass other --args, or use --dry")
    if not started and attempt.ledger().of(ENTERED, number):
        around = ", ".join(own_limit(one) for one in attempt.scene.limits() if one.kind == "run")
        raise UsageError(f"{around} did not let {name} run: pass other --args, or name another --task")
    if not started:
        raise SubjectFailed(f"its worker does not start {name}; {_last_words(attempt.scene)}")
    if raised := attempt.scene.raised():
        raise UsageError(f"{name} raises {raised[0]}: pass other --args, or replace its body with --dry")
    ledger = attempt.ledger()
    ends = ledger.of(FINISHED, number)
    return (ends[0].at_ns - ledger.starts(number)[0].at_ns) / 1e9 if ends else _PATIENCE_S


def _last_words(scene: Scene) -> str:
    return scene.workers[-1].process.last_words() or "it printed nothing"
