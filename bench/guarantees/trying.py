"""Tries a user's task before a matrix is played with it: of one that fails or takes long, cells would mean nothing."""

import threading
from collections.abc import Mapping
from typing import Any

from bench.guarantees.attempt import Attempt
from bench.guarantees.cell import CellContext, scene_of
from bench.guarantees.fault import Fault
from bench.guarantees.scene import Scene
from bench.processes.errors import SubjectFailed
from bench.processes.subject import Subject
from bench.subject.recorder import FINISHED
from brokers.errors import UsageError
from brokers.protocol import Server

__all__ = ["gave_way", "try_task"]

_LONGEST_S = 0.5
_PATIENCE_S = 5.0
_RUNS = 2  # the first one in a process may import half of an app
_NO_FAULT = Fault(
    name="users-task",
    group="worker",
    title="The user's task runs",
    about="",
    play=lambda _: None,
    breaks="nothing",
    shortened=False,
)


def try_task(subject: Subject, server: Server, context: CellContext, over: threading.Event) -> dict[str, Any]:
    """Have a real worker of the subject run the user's task, and return what its processes told of themselves.

    One that takes longer than half a second is run once more. Raises UsageError when it raises, cannot be sent, or took
    so long again; SubjectFailed when the app does not come up or its worker does not start the task.
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
    told = f"{took_s:.1f} s" if took_s < _PATIENCE_S else f"more than {_PATIENCE_S:.0f} s"
    raise UsageError(f"{name} takes {told}, and at most {_LONGEST_S} s can be played: replace its body with --dry")


def gave_way(overridden: Mapping[str, list[str]]) -> list[str]:
    """Return which of the app's own settings were not what it says: those on every subject, then those on some."""
    common = set.intersection(*map(set, overridden.values())) if overridden else set()
    told = {"": sorted(common)} | {f"{label}: ": sorted(set(own) - common) for label, own in overridden.items()}
    return [
        f"{where}the app's own {', '.join(names)} gave way to the measurement's"
        for where, names in told.items()
        if names
    ]


def _run(attempt: Attempt) -> float:
    """Have the task run once, and return the seconds that it took, or more than one waits for."""
    name = attempt.scene.workload.task
    (number,) = attempt.send(1)
    if attempt.refusals:
        raise UsageError(
            f"{name} cannot be sent ({attempt.refusals[0].error}): give the arguments it takes with --args"
        )
    if not attempt.started([number]):
        raise SubjectFailed(f"its worker does not start {name}: {_last_words(attempt.scene)}")
    attempt.finished([number], _PATIENCE_S)
    if raised := attempt.scene.raised():
        raise UsageError(f"{name} raises {raised[0]}: give other --args, or replace its body with --dry")
    ledger = attempt.ledger()
    ends = ledger.of(FINISHED, number)
    return (ends[0].at_ns - ledger.starts(number)[0].at_ns) / 1e9 if ends else _PATIENCE_S


def _last_words(scene: Scene) -> str:
    return scene.workers[-1].process.last_words() or "it says nothing"
