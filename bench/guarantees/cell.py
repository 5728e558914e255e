"""Runs one cell of the matrix: a fault on a subject, several times."""

import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Protocol

from bench.guarantees.attempt import Attempt
from bench.guarantees.attempt_record import record_of
from bench.guarantees.fault import Fault
from bench.guarantees.scene import Interrupted, Scene
from bench.guarantees.visibility import redelivery_wait
from bench.processes.distances import Distances
from bench.processes.subject import Subject
from bench.records.matrix import AttemptRecord, Cell, Outcome
from bench.records.workload import Workload
from brokers.errors import BrokerbenchError
from brokers.outside import safe_text, safe_values
from brokers.protocol import Server, Settings
from brokers.workspace import Workspace

__all__ = ["CellContext", "refusal", "run_cell", "scene_of"]

_WORST_FIRST: tuple[Outcome, ...] = ("broken", "allowed", "kept", "shown")


class CellContext(Protocol):
    """What a scene needs besides its server."""

    workspace: Workspace
    apps: str
    workload: Workload
    distances: Distances | None

    def result_settings(self) -> Settings:
        """Return the Celery settings of a server that keeps results."""
        ...

    def beside(self, subject: Subject, requirements: tuple[str, ...]) -> Subject:
        """Return the subject with an environment that meets these requirements. Raises UsageError if there is none."""
        ...


def scene_of(fault: Fault, subject: Subject, server: Server, context: CellContext, over: threading.Event) -> Scene:
    """Return the scene of a fault on a subject; enter it to start it."""
    own = (context.workspace, context.apps, context.workload)
    builder = partial(context.beside, subject, fault.beside) if fault.beside else None
    return Scene(fault, subject, server, *own, over, context.result_settings, builder, context.distances)


def refusal(fault: Fault, subject: Subject, server: Server) -> str:
    """Return why the fault cannot be run there; empty if it can."""
    if not subject.broker.spans_processes:
        return (
            f"{subject.broker.name} exists only within one process, so no worker can receive what another process sends"
        )
    if fault.breaks in ("relay", "server") and not server.private:
        variable = subject.broker.url_variable
        return f"{fault.name} breaks a server or the connection to it, and {variable} names your own: unset {variable}"
    if fault.breaks == "server" and server.emulator:
        return f"{server.software} emulates a service, and killing it would show nothing about the real one"
    if fault.breaks == "server" and server.process is None:
        return f"{subject.broker.name} does not expose the process of its private server, so it cannot be broken"
    return fault.refusal(subject.broker, subject.profile)


def run_cell(
    fault: Fault, subject: Subject, server: Server, repeats: int, context: CellContext, over: threading.Event
) -> tuple[Cell, dict[str, object]]:
    """Run the cell, and return it with the facts that its processes reported.

    A cell that fails on the way is ``not run``, with the reason and the earlier attempts. Raises Interrupted.
    """
    begin_s, attempts = time.monotonic(), list[AttemptRecord]()
    why = refusal(fault, subject, server)
    scene = scene_of(fault, subject, server, context, over)
    try:
        if not why:
            with scene:
                attempts.extend(_attempts(fault, scene, fault.repeats or repeats))
    except Interrupted:
        raise
    except BrokerbenchError as error:
        if over.is_set():  # the interrupt ended its processes
            raise Interrupted from error
        why = error.format_message()
    except Exception as error:  # a bug in one fault must not lose the other cells
        why = safe_text(f"the fault failed to run: {type(error).__name__}: {error}")
    settings = {**scene.settings(), **fault.environment} if attempts else {}
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


def _attempts(fault: Fault, scene: Scene, repeats: int) -> Iterator[AttemptRecord]:
    for place in range(repeats):
        attempt = Attempt(scene, place)
        yield record_of(attempt, fault.run(attempt), promised=fault.promised)
        if attempt.beyond_repair:
            return


def worst(outcomes: list[Outcome]) -> Outcome:
    """Return the worst of these outcomes, the one that a reader must see."""
    return next(outcome for outcome in _WORST_FIRST if outcome in outcomes)


def _by_default(fault: Fault, subject: Subject) -> str:
    """Return how long the shortened waits are by default."""
    waits = subject.broker.waits
    waiting = []
    redelivery = redelivery_wait(subject, fault.visibility_s)
    if fault.shortened and redelivery.settings:
        waiting.append(f"an unacknowledged task comes back {redelivery.default}")
    if fault.silent and waits.silence.settings:
        waiting.append(f"a silent connection is noticed {waits.silence.default}")
    if fault.looks_often and waits.poll.settings:
        waiting.append(f"an empty receive is answered {waits.poll.default}")
    if fault.impatient and waits.answer.settings:
        waiting.append(f"a client waits {waits.answer.default} for an answer")
    return "; ".join(waiting)
