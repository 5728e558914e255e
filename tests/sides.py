"""Results whose truth is known, for what compares results: processes with luck, blocks that scatter."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from made_environment import make_environment

from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.throughput import DrainTurn
from bench.metrics.wakeup import WakeupTurn
from bench.records.figures import Estimate, Row
from bench.records.provenance import Environment, ServerRecord, SubjectRecord
from bench.records.result import Result
from bench.records.turns import Block, Place, Turn
from bench.records.workload import Workload

__all__ = ["made_environment", "made_side", "made_subjects"]

_CALL_NS = 400_000
_TASKS_PER_S = 2000.0


def made_environment(**changes: Any) -> Environment:
    return make_environment(**({"cpu_model": "Example CPU", "git_commit": None} | changes))


def made_subjects(*labels: str, version: str = "7.0.15", **changes: Any) -> list[SubjectRecord]:
    return [
        SubjectRecord(
            label=label,
            broker=label.partition("#")[0].partition(":")[0],
            profile=label.partition("#")[0].partition(":")[2] or "default",
            tier="fast",
            server=ServerRecord(software="redis", version=version, private=True, emulator=False, settings={}),
            **({"python": "3.11.7", "versions": {"celery": "5.7.0", "kombu": "5.7.0", "redis": "8.1.0"}} | changes),
        )
        for label in labels
    ]


def made_side(  # noqa: PLR0913 - a run has many sides that a test may want otherwise
    factor: float | Mapping[str, float] = 1.0,
    *,
    rng: int = 1,
    labels: tuple[str, ...] = ("redis",),
    metrics: tuple[str, ...] = ("enqueue", "throughput"),
    generations: int = 6,
    blocks: int = 8,
    luck: float = 0.005,
    scatter: float = 0.02,
    at: Place | None = None,
    **changes: Any,
) -> Result:
    """Measure subjects that are slower by a factor, each by its own if there are several.

    Every generation of processes has luck of its own, ``luck`` as a share of its figures, and every block scatters.
    """
    draws = np.random.default_rng(rng)
    factors = factor if isinstance(factor, Mapping) else dict.fromkeys(labels, factor)
    taken: list[Block] = []
    for metric in metrics:
        lucky = np.exp(draws.normal(0, luck, (generations, len(labels))))
        for number in range(generations * blocks):
            generation = number // blocks
            noise = np.exp(draws.normal(0, scatter, len(labels)))
            slow = [factors.get(label, 1.0) * one for label, one in zip(labels, lucky[generation] * noise, strict=True)]
            turns = [_turn(metric, label, float(one)) for label, one in zip(labels, slow, strict=True)]
            taken.append(
                Block(number=len(taken), generation=generation, metric=metric, at=at or {}, warmup=False, turns=turns)
            )
    known: dict[str, Any] = {
        "status": "finished",
        "started_at": datetime(2026, 3, 1, 12, 0, tzinfo=UTC) + timedelta(hours=rng % 10_000),
        "duration_s": 60.0,
        "budget_s": 60.0,
        "seed": 7,
        "margin": 0.02,
        "metrics": list(metrics),
        "workload": Workload(name="noop"),
        "environment": made_environment(),
        "subjects": made_subjects(*labels),
        "summary": [
            _row(metric, label, factors.get(label, 1.0), taken, at or {}) for metric in metrics for label in labels
        ],
        "blocks": taken,
    }
    return Result(**(known | changes))


def _turn(metric: str, label: str, slow: float) -> Turn:
    if metric == "throughput":
        duration_ns = round(100 / _TASKS_PER_S * 1e9 * slow)
        return DrainTurn(subject=label, warmup_tasks=4, tasks=100, duration_ns=duration_ns, span_ns=duration_ns + 1)
    if metric == "wakeup":
        return WakeupTurn(subject=label, start_ns=round(_CALL_NS * slow))
    return EnqueueTurn(subject=label, warmup_ns=[], samples_ns=[round(_CALL_NS * slow)] * 3)


def _row(metric: str, label: str, factor: float, blocks: list[Block], at: Place) -> Row:
    """Return the row's figures as they truly are: it is the blocks that are compared."""
    count = sum(block.metric == metric for block in blocks)
    rate, time_ns = Estimate(value=_TASKS_PER_S / factor), Estimate(value=_CALL_NS * factor)
    figures: dict[str, Any] = {"per_second": rate} if metric == "throughput" else {"median_ns": time_ns}
    return Row(subject=label, tier="fast", metric=metric, at=at, blocks=count, samples=3 * count, **figures)
