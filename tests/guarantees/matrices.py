"""Plausible matrices of every kind that a report must be able to tell."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from made_environment import make_environment

from bench.records.matrix import AttemptRecord, Cell, FaultRecord, Matrix, Moment, Outcome
from bench.records.provenance import ServerRecord, SubjectRecord
from brokers.protocol import Tier

__all__ = [
    "EVERY_MATRIX",
    "HOSTILE",
    "LABELS",
    "PASSWORD",
    "explained_matrix",
    "failed_matrix",
    "hostile_matrix",
    "interrupted_matrix",
    "killed_attempt",
    "make_attempt",
    "make_cell",
    "make_fault",
    "make_matrix",
    "make_subject",
    "moments",
    "not_run",
    "six_matrix",
]

HOSTILE = "</title><script>alert(1)</script>|`x`[a](javascript:b)\x1b[31m\u202e[red]{0}"
PASSWORD = "hunter2"
LABELS = ("redis", "redis:durable", "rabbitmq", "rabbitmq:durable", "sqs", "sqs:durable")
_SERVERS = {"redis": ("redis", "7.0.15"), "rabbitmq": ("rabbitmq", "3.10.8"), "sqs": ("ministack", "1.5.33")}


def make_matrix(*cells: Cell, **changes: Any) -> Matrix:
    """Make a matrix of these cells, with their subjects and faults."""
    labels, names = (list(dict.fromkeys(getattr(cell, key) for cell in cells)) for key in ("subject", "fault"))
    fields: dict[str, Any] = {
        "status": "finished",
        "started_at": datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        "duration_s": 161.2,
        "repeats": max([len(cell.attempts) for cell in cells] + [1]),
        "environment": make_environment(),
        "subjects": [make_subject(label) for label in labels],
        "faults": [make_fault(name) for name in names],
        "cells": list(cells),
    }
    return Matrix(**(fields | changes))


def make_subject(label: str, **changes: Any) -> SubjectRecord:
    broker, _, profile = label.partition("#")[0].partition(":")
    tier: Tier = "durable" if profile in ("durable", "quorum") else "fast"
    software, version = _SERVERS.get(broker, (broker, "1.0"))
    server = ServerRecord(software=software, version=version, private=True, emulator=broker == "sqs", settings={})
    fields: dict[str, Any] = {
        "server": server,
        "python": "3.11.7",
        "versions": {"celery": "5.7.0", "kombu": "5.7.0"},
        "settings": {"worker_prefetch_multiplier": 4},
    }
    return SubjectRecord(label=label, broker=broker, profile=profile or "default", tier=tier, **(fields | changes))


def make_fault(name: str, **changes: Any) -> FaultRecord:
    fields: dict[str, Any] = {
        "group": "worker",
        "title": f"What {name} does, in one line",
        "about": f"What {name} does and why anybody cares, at some length. Source: Celery's user guide.",
        "breaks": "worker",
        "promised": True,
    }
    return FaultRecord(name=name, **(fields | changes))


def make_cell(
    subject: str = "redis", fault: str = "worker-killed-late", *attempts: AttemptRecord, **changes: Any
) -> Cell:
    attempts = attempts or (make_attempt(),)
    fields: dict[str, Any] = {
        "outcome": attempts[0].outcome,
        "attempts": list(attempts),
        "settings": {"task_acks_late": True, "broker_transport_options": {"visibility_timeout": 5}},
        "by_default": "an unacknowledged task comes back after the visibility timeout of 3600 s",
        "redelivery_s": 8,
        "duration_s": 20.5,
    }
    return Cell(subject=subject, fault=fault, **(fields | changes))


def make_attempt(outcome: Outcome = "kept", **changes: Any) -> AttemptRecord:
    fields: dict[str, Any] = {
        "finding": "",
        "sent": 9,
        "refused": 0,
        "unanswered": 0,
        "finished": changes.get("sent", 9) - len(changes.get("lost", [])),
        "lost": [],
        "duplicated": [],
        "uninvited": [],
        "late": [],
        "back_s": 6.12,
        "recovered_s": 1.31,
        "moments": moments(
            "0.000 0 accepted", "0.010 0 starts worker 1, child 1", "0.020 0 finishes worker 1, child 1"
        ),
    }
    return AttemptRecord(outcome=outcome, **(fields | changes))


def moments(*lines: str) -> list[Moment]:
    """Read ``0.010 3 starts worker 1, child 1``; a line without a task, ``0.010 - ...``, is a deed of the harness."""
    return [_moment(line) for line in lines]


def _moment(line: str) -> Moment:
    at_s, task, told = line.split(" ", 2)
    if task == "-":
        return Moment(at_s=float(at_s), what=told)
    what = "apply_async is called" if told.startswith("apply_async is called") else told.split(" ")[0]
    process = told.removeprefix(what).strip()
    return Moment(at_s=float(at_s), what=what, task=int(task), process=process or "sender")


def killed_attempt(**changes: Any) -> AttemptRecord:
    """Make an attempt in which a worker is killed: task 0 is run again, task 1 is lost, tasks 2 to 5 are ordinary."""
    ordinary = [f"{0.03 + task / 100:.3f} {task} accepted" for task in range(2, 6)]
    again = [
        f"{9 + task / 10 + late_s:.3f} {task} {what} worker 2, child 1"
        for task in range(2, 6)
        for what, late_s in (("starts", 0), ("finishes", 0.02))
    ]
    fields: dict[str, Any] = {
        "sent": 6,
        "finished": 5,
        "lost": [1],
        "duplicated": [0],
        "back_s": 8.2,
        "moments": moments(
            "0.000 0 apply_async is called",
            "0.001 0 accepted",
            "0.010 0 received worker 1",
            "0.011 0 starts worker 1, child 1",
            "0.020 1 apply_async is called",
            "0.021 1 accepted",
            "0.022 1 received worker 1",
            *ordinary,
            "0.512 - the worker is killed with its children (SIGKILL)",
            "1.900 - another worker is ready",
            "8.712 0 received worker 2",
            "8.713 0 starts worker 2, child 1",
            "8.800 0 finishes worker 2, child 1",
            "8.801 0 acknowledging worker 2",
            "8.801 0 acknowledged worker 2",
            *again,
        ),
    }
    return make_attempt("broken", **(fields | changes))


def six_matrix() -> Matrix:
    """Make a matrix of six subjects with cells of every outcome, and long names."""
    cells = [cell for label in LABELS for cell in _column(label)]
    faults = {
        "child-killed-late-only": {"promised": False},
        "task-outlives-visibility": {},
        "server-killed-publishing": {"group": "server", "breaks": "server"},
        "http-503-ten-on-receive": {"group": "network", "breaks": "relay"},
        "eta-beyond-the-visibility-timeout": {"group": "semantics", "breaks": "nothing", "promised": False},
    }
    return make_matrix(*cells, faults=[make_fault(name, **changes) for name, changes in faults.items()])


def _column(label: str) -> list[Cell]:
    durable = label.endswith("durable")
    lost = [make_attempt("broken" if durable else "allowed", lost=list(range(count)), sent=50) for count in (0, 17, 17)]
    stopped = [
        make_attempt("broken", stopped=True, recovered_s=None),
        make_attempt("broken" if durable else "kept", stopped=durable, recovered_s=None if durable else 4.0),
    ]
    late = make_attempt("shown", finding="it runs 2 times", duplicated=[0], figures={"median_s": 0.0123, "runs": 2.0})
    return [
        make_cell(label, "child-killed-late-only", make_attempt("shown", lost=[0], back_s=None)),
        make_cell(label, "task-outlives-visibility", *[make_attempt(duplicated=[3, 4])] * 3),
        make_cell(label, "server-killed-publishing", *lost, outcome=lost[0].outcome),
        make_cell(label, "http-503-ten-on-receive", *stopped)
        if label.startswith("sqs")
        else not_run(label, "http-503-ten-on-receive", f"{label.partition(':')[0]} does not speak HTTP"),
        make_cell(label, "eta-beyond-the-visibility-timeout", late),
    ]


def not_run(label: str, fault: str, why: str) -> Cell:
    return Cell(subject=label, fault=fault, outcome="not run", why=why)


def hostile_matrix() -> Matrix:
    """Make a matrix in which everything that others wrote is hostile, or holds a password."""
    url = f"redis://user:{PASSWORD}@10.0.0.1:6379"
    attempt = make_attempt(
        "broken",
        finding=f"{HOSTILE} {url}",
        lost=[0],
        figures={HOSTILE: 1.0},
        moments=moments(f"0.5 0 starts {HOSTILE}", f"0.6 - {HOSTILE}", f"0.7 0 {HOSTILE}"),
    )
    subject = make_subject("redis", versions={HOSTILE: HOSTILE}).model_copy(update={"label": HOSTILE})
    settings = {HOSTILE: HOSTILE, "broker_url": url, "result_backend": url}
    cells = [
        make_cell(HOSTILE, "worker-killed-late", attempt, settings=settings, by_default=HOSTILE),
        not_run(HOSTILE, "child-killed-late", f"{HOSTILE}\nat {url}"),
    ]
    faults = [make_fault("worker-killed-late", title=HOSTILE, about=HOSTILE), make_fault("child-killed-late")]
    environment = make_environment(cpu_model=HOSTILE, git_commit=HOSTILE)
    return make_matrix(*cells, subjects=[subject], faults=faults, environment=environment, warnings=[HOSTILE, url])


def explained_matrix() -> Matrix:
    """Make a matrix of one cell with a whole story, whose second attempt is the worst."""
    attempts = [make_attempt(), killed_attempt(), make_attempt(back_s=5.9)]
    return make_matrix(make_cell("redis:durable", "worker-killed-late", *attempts, outcome="broken"))


def interrupted_matrix() -> Matrix:
    """Make a matrix that was interrupted after two of its four cells."""
    cells = [make_cell("redis", "worker-killed-late"), make_cell("rabbitmq", "child-killed-late")]
    return make_matrix(*cells, status="interrupted")


def failed_matrix() -> Matrix:
    """Make a matrix in which RabbitMQ never came up, and Redis had been measured with another library."""
    why = f"rabbitmq-server did not come up within 60 s: look at its log\n amqp://user:{PASSWORD}@localhost\n"
    subjects = [
        make_subject("redis", versions={"celery": "5.6.0", "kombu": "5.7.0"}),
        make_subject("redis#2"),
        make_subject("rabbitmq", server=None, failure=why, python=None, versions={}, settings={}),
    ]
    cells = [make_cell("redis"), make_cell("redis#2"), not_run("rabbitmq", "worker-killed-late", why)]
    return make_matrix(*cells, subjects=subjects)


def empty_matrix() -> Matrix:
    """Make a matrix of which nothing has been played yet."""
    subjects, faults = [make_subject("redis")], [make_fault("worker-killed-late")]
    return make_matrix(status="running", subjects=subjects, faults=faults)


EVERY_MATRIX: dict[str, Callable[[], Matrix]] = {
    "six": six_matrix,
    "hostile": hostile_matrix,
    "explained": explained_matrix,
    "interrupted": interrupted_matrix,
    "failed": failed_matrix,
    "empty": empty_matrix,
}
