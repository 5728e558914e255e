"""Plays one cell of the matrix: a fault on a subject, again and again."""

import threading
import time
from typing import Protocol

from bench.guarantees.attempt import Attempt
from bench.guarantees.attempt_record import record_of
from bench.guarantees.fault import Fault
from bench.guarantees.scene import Interrupted, Scene
from bench.processes.subject import Subject
from bench.records.matrix import AttemptRecord, Cell, Outcome
from bench.records.workload import Workload
from brokers.errors import BrokerbenchError
from brokers.outside import safe_text, safe_values
from brokers.protocol import Server
from brokers.workspace import Workspace

__all__ = ["CellContext", "play_cell", "refusal", "scene_of"]

_WORST_FIRST: tuple[Outcome, ...] = ("broken", "allowed", "kept", "shown")


class CellContext(Protocol):
    """What a scene needs besides its server."""

    workspace: Workspace
    apps: str
    workload: Workload

    def result_backend(self) -> str:
        """Return the URL of a server that keeps results."""
        ...


def scene_of(fault: Fault, subject: Subject, server: Server, context: CellContext, over: threading.Event) -> Scene:
    """Return the scene of a fault on a subject, to be entered."""
    own = (context.workspace, context.apps, context.workload)
    return Scene(fault, subject, server, *own, over, context.result_backend)


def refusal(fault: Fault, subject: Subject, server: Server) -> str:
    """Return why the fault cannot be played there, or nothing."""
    if not subject.broker.spans_processes:
        return f"{subject.broker.name} lives in one process, so no worker can take what another process sent"
    if fault.breaks in ("relay", "server") and not server.private:
        variable = subject.broker.url_variable
        return f"{fault.name} breaks a server or the way to it, and {variable} names your own: unset it"
    if fault.breaks == "server" and server.emulator:
        return f"{server.software} stands in for a service, and its death would say nothing of the service's"
    if fault.breaks == "server" and server.process is None:
        return f"{subject.broker.name} does not tell the process of its private server, so nobody can break it"
    return fault.refusal(subject.broker, subject.profile)


def play_cell(
    fault: Fault, subject: Subject, server: Server, repeats: int, context: CellContext, over: threading.Event
) -> tuple[Cell, dict[str, object]]:
    """Return the cell, and what its processes told of themselves.

    One that fails on the way is ``not run`` and says why, with the attempts before it. Raises Interrupted.
    """
    begin_s, attempts = time.monotonic(), list[AttemptRecord]()
    why = refusal(fault, subject, server)
    scene = scene_of(fault, subject, server, context, over)
    try:
        if not why:
            with scene:
                for place in range(fault.repeats or repeats):
                    attempts.append(_attempt(fault, Attempt(scene, place)))
    except Interrupted:
        raise
    except BrokerbenchError as error:
        if over.is_set():  # its processes were ended under it
            raise Interrupted from error
        why = error.format_message()
    except Exception as error:  # a play's own mistake is no reason to lose the other cells
        why = safe_text(f"its play failed: {type(error).__name__}: {error}")
    settings = scene.settings() if attempts else {}
    cell = Cell(
        subject=subject.label,
        fault=fault.name,
        outcome="not run" if why else worst([attempt.outcome for attempt in attempts]),
        why=why,
        attempts=attempts,
        settings=safe_values(settings),
        by_default=_by_default(fault, subject) if attempts else "",
        redelivery_s=scene.redelivery_s,
        duration_s=time.monotonic() - begin_s,
    )
    return cell, scene.facts


def _attempt(fault: Fault, attempt: Attempt) -> AttemptRecord:
    return record_of(attempt, fault.play(attempt), promised=fault.promised)


def worst(outcomes: list[Outcome]) -> Outcome:
    """Return the one that a reader must know of."""
    return next(outcome for outcome in _WORST_FIRST if outcome in outcomes)


def _by_default(fault: Fault, subject: Subject) -> str:
    """Return what the shortened waits would be."""
    waits = subject.broker.waits
    told = []
    if fault.shortened and waits.redelivery.settings:
        told.append(f"an unacknowledged task comes back {waits.redelivery.default}")
    if fault.silent and waits.silence.settings:
        told.append(f"a silent connection is noticed {waits.silence.default}")
    if fault.looks_often and waits.poll.settings:
        told.append(f"an empty receive is answered {waits.poll.default}")
    if fault.impatient and waits.answer.settings:
        told.append(f"an answer is waited for {waits.answer.default}")
    return "; ".join(told)
