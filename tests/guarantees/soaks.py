"""Plausible soaks of every kind that a report must be able to tell."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from made_environment import make_environment
from matrices import HOSTILE, make_subject

from bench.guarantees.soak.judging import drifts_in, fell_behind, outcome_of
from bench.records.soak import Reading, Soak, SoakRun

__all__ = ["EVERY_SOAK", "make_readings", "make_run", "make_soak"]

_KIB = 1024


def make_readings(count: int = 64, *, leaks: bool = False, **held: Any) -> list[Reading]:
    """Make readings every 47 tasks, with a reconnect after every fifth; ``leaks`` makes three quantities grow."""
    found = []
    for place in range(count):
        tasks, reconnects, grown = 47 * place, place // 5, int(leaks)
        values: dict[str, Any] = {
            "at_s": place * 0.5,
            "tasks": tasks,
            "reconnects": reconnects,
            "prefetch": 4,
            "held_tasks": place % 3,
            "waiting_tasks": place % 5,
            "main_bytes": 45_000 * _KIB + min(place, 20) * 100 * _KIB,
            "children_bytes": 44_000 * _KIB + grown * tasks * _KIB,
            "files": 29 + grown * (tasks // 100),
            "connections": 4 + grown * reconnects,
            "channels": 1,
            "server_entries": 4 + place % 3 if place % 2 else None,
            "server_bytes": 1_500 * _KIB if place % 2 else None,
            "tasks_per_s": 94.0 + place % 3,
        }
        found.append(Reading(**(values | held)))
    return found


def make_run(label: str, readings: list[Reading] | None = None, *, stopped: bool = False, **changes: Any) -> SoakRun:
    readings = make_readings() if readings is None else readings
    fields: dict[str, Any] = {
        "subject": label,
        "outcome": "steady",
        "capacity_per_s": 188.0,
        "rate_per_s": 94.0,
        "duration_s": 32.0,
        "accepted": 3000,
        "finished": 3000,
        "duplicated": 3,
        "reconnects": readings[-1].reconnects if readings else 0,
        "settings": {"task_acks_late": True},
        "readings": readings,
        "drifts": drifts_in(readings),
        "fell_behind": fell_behind(readings),
    }
    run = SoakRun(**(fields | changes))
    tier = make_subject(label).tier
    return run if "outcome" in changes else run.model_copy(update={"outcome": outcome_of(run, tier, stopped=stopped)})


def make_soak(*runs: SoakRun, **changes: Any) -> Soak:
    fields: dict[str, Any] = {
        "status": "finished",
        "started_at": datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        "duration_s": 95.0,
        "asked_tasks": 3000,
        "environment": make_environment(),
        "subjects": [make_subject(run.subject) for run in runs],
        "runs": list(runs),
    }
    return Soak(**(fields | changes))


def _six() -> Soak:
    labels = ("redis", "redis:durable", "rabbitmq", "rabbitmq:durable", "sqs", "sqs:durable")
    return make_soak(*(make_run(label, make_readings(leaks=place % 2 > 0)) for place, label in enumerate(labels)))


EVERY_SOAK: dict[str, Callable[[], Soak]] = {
    "steady": lambda: make_soak(make_run("redis")),
    "leaking": lambda: make_soak(make_run("redis", make_readings(leaks=True)), make_run("rabbitmq")),
    "six": _six,
    "broken": lambda: make_soak(make_run("redis:durable", lost=2, finished=2998)),
    "stopped": lambda: make_soak(make_run("redis", make_readings(9), why="its worker ended", stopped=True)),
    "short": lambda: make_soak(make_run("redis", make_readings(5))),
    "not run": lambda: make_soak(SoakRun(subject="redis", outcome="not run", why="no server"), make_run("sqs")),
    "interrupted": lambda: make_soak(make_run("redis", make_readings(20), unfinished=4), status="interrupted"),
    "hostile": lambda: make_soak(
        make_run(
            HOSTILE,
            outcome="broken",
            why=HOSTILE,
            why_no_reconnects=HOSTILE,
            settings={HOSTILE: HOSTILE},
        ),
        warnings=[HOSTILE],
    ),
}
