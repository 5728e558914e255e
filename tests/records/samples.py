"""A small result, and blocks to put into it."""

from datetime import UTC, datetime
from typing import Any

from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.throughput import DrainTurn
from bench.records.provenance import Environment, SubjectRecord
from bench.records.result import Result
from bench.records.turns import Block
from bench.records.workload import Workload

__all__ = ["block", "small_result"]


def small_result(**changes: Any) -> Result:
    environment = Environment(
        cpu_model="Example CPU",
        cores=2,
        cores_allowed=2,
        memory_bytes=8 << 30,
        system="Linux",
        kernel="6.1.0",
        python="3.11.7",
        brokerbench="0.1.0",
        git_commit=None,
        other_cores=0.04,
        subject_cores=[1],
        server_cores=[0],
        lost_here=[],
    )
    fields: dict[str, Any] = {
        "status": "running",
        "started_at": datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        "duration_s": 1.5,
        "budget_s": 55,
        "seed": 42,
        "margin": 0.02,
        "metrics": ["enqueue", "throughput"],
        "workload": Workload(name="größer", summary="Not only ASCII."),
        "environment": environment,
        "subjects": [SubjectRecord(label="redis", broker="redis", profile="default", tier="fast")],
    }
    return Result(**(fields | changes))


def block(number: int, calls: int = 20) -> Block:
    """Make a block of ``enqueue`` for even numbers, and of ``throughput`` for odd ones."""
    if number % 2:
        drain = DrainTurn(subject="redis", warmup_tasks=4, tasks=196, duration_ns=98_000_000, span_ns=99_000_000)
        return Block(number=number, metric="throughput", warmup=False, turns=[drain])
    turn = EnqueueTurn(subject="redis", warmup_ns=[900_000] * 5, samples_ns=[400_000] * calls)
    return Block(number=number, metric="enqueue", warmup=number == 0, turns=[turn])
