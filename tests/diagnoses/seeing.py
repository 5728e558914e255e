"""Figures of made-up results with made-up evidence, as a diagnosis sees them."""

from typing import Any

from made_environment import make_environment
from made_results import REDIS, Made, make_result

from bench.diagnoses.diagnosis import Seen
from bench.figures.evidence import Evidence
from bench.records.effort import Pauses
from bench.records.provenance import SubjectRecord
from bench.records.turns import Place

__all__ = ["SECOND_NS", "made_evidence", "made_pauses", "seen"]

SECOND_NS = 1_000_000_000


def made_evidence(**changes: Any) -> Evidence:
    """Make evidence of 10 turns of a second each, with the cores that each role used: ``cores={"worker": 0.9}``."""
    cores: dict[Any, float] = changes.pop("cores", {})
    fields: dict[str, Any] = {
        "turns": 10,
        "operations": 10_000,
        "counted_ns": 10 * SECOND_NS,
        "wall_ns": 10 * SECOND_NS,
        "cpu_ns": {role: round(10 * SECOND_NS * used) for role, used in cores.items()},
        "known_ns": dict.fromkeys(cores, 10 * SECOND_NS),
    }
    return Evidence(**(fields | changes))


def made_pauses(**changes: Any) -> Pauses:
    """Make ten pauses of a second each, in eleven seconds."""
    fields = {
        "span_ns": 11 * SECOND_NS,
        "idle_ns": 10 * SECOND_NS,
        "count": 10,
        "total_ns": 10 * SECOND_NS,
        "typical_ns": SECOND_NS,
        "scatter_ns": 5_000_000,
        "tasks_between": 4,
    }
    return Pauses(**(fields | changes))


def seen(
    metric: str,
    evidence: Evidence,
    *,
    made: Made = REDIS,
    subject: dict[str, Any] | None = None,
    environment: dict[str, Any] | None = None,
    at: Place | None = None,
    **changes: Any,
) -> Seen:
    """Return the figure of a metric of a made-up subject, with this evidence."""
    result = make_result(made, environment=make_environment(**(environment or {})), **changes)
    (record,) = result.subjects
    record = SubjectRecord(**(record.model_dump() | (subject or {})))
    row = next(row for row in result.summary if row.metric == metric)
    row = row.model_copy(update={"at": at or {}})
    return Seen(subject=record, row=row, evidence=evidence, result=result)
