"""The costs in which two sides are compared: the CPU time of a task, and the connections opened."""

from collections.abc import Callable, Sequence

import numpy as np

from bench.metrics.cost_turn import CostTurn
from bench.metrics.sides import A, B, SideMetric
from bench.records.figures import Cost
from bench.records.result import Result
from bench.records.turns import Block
from bench.stats.counts import CountRatio, compared_counts
from bench.text.numbers import MISSING, count, duration

__all__ = ["SIDES", "amount_logs", "cpu_logs", "cpu_ns", "requests"]

_BOTH_WAYS = 2


def cpu_logs(blocks: Sequence[Block]) -> list[Sequence[float]]:
    """Return the logarithms of the ratios of CPU time per task (producer and worker), by generation and block."""
    return list(amount_logs(blocks, cpu_ns, B, A).values())


def amount_logs(
    blocks: Sequence[Block], amount: Callable[[CostTurn], float | None], own: str, to: str
) -> dict[int, Sequence[float]]:
    """Return the logarithms of a side's amounts over another side's: for each generation, one a block.

    Blocks in which one of them cannot be read are left out.
    """
    found: dict[int, list[float]] = {}
    for block in blocks:
        each = {turn.subject: used for turn in _turns(block) if (used := amount(turn))}
        if own in each and to in each:
            found.setdefault(block.generation, []).append(float(np.log(each[own] / each[to])))
    return dict(found)


def _turns(block: Block) -> list[CostTurn]:
    return [] if block.warmup else [turn for turn in block.turns if isinstance(turn, CostTurn)]


def cpu_ns(turn: CostTurn) -> float | None:
    """Return the CPU time of one task, in and out; None if it cannot be read."""
    enqueue, drain = turn.enqueue.client_cpu_ns, turn.drain.client_cpu_ns
    return None if enqueue is None or drain is None else (enqueue + drain) / turn.tasks


def requests(turn: CostTurn) -> float | None:
    """Return how many requests or commands one task takes, in and out; None if they cannot be counted."""
    if turn.enqueue.connections is None or turn.drain.connections is None:
        return None
    return sum(sum(way.operations.values()) for way in (turn.enqueue, turn.drain)) / turn.tasks


def _connections(blocks: Sequence[Block], limit: float) -> CountRatio | None:
    """Compare how many connections the sides opened for their tasks; None if they cannot be counted."""
    counts = {A: (0, 0), B: (0, 0)}
    for turn in (turn for block in blocks for turn in _turns(block)):
        opened = [way.connections for way in (turn.enqueue, turn.drain) if way.connections is not None]
        if len(opened) == _BOTH_WAYS and turn.subject in counts:
            events, tasks = counts[turn.subject]
            counts[turn.subject] = events + sum(opened), tasks + turn.tasks
    if not all(tasks for _, tasks in counts.values()):
        return None
    return compared_counts(counts[A], counts[B], limit)


def _cost(result: Result, label: str) -> Cost | None:
    return next((cost for cost in result.costs if cost.subject == label), None)


def _cpu_figure(result: Result, label: str) -> str:
    cost = _cost(result, label)
    known = [one.value for one in (cost.producer_cpu_ns, cost.worker_cpu_ns) if one] if cost else []
    return duration(sum(known)) if known else MISSING


def _connections_figure(result: Result, label: str) -> str:
    cost = _cost(result, label)
    return count(sum(cost.connections_per_1000.values()) if cost and cost.connections_per_1000 else None)


SIDES = (
    SideMetric(
        name="cpu",
        measured=("cost",),
        sentence="CPU: a task of B takes {ratio} the CPU time of one of A",
        figure=_cpu_figure,
        logs=cpu_logs,
    ),
    SideMetric(
        name="connections",
        head="connections for 1,000 tasks",
        measured=("cost",),
        sentence="Connections: B opens {b} for 1,000 tasks, and A {a}",
        figure=_connections_figure,
        counted=_connections,
    ),
)
