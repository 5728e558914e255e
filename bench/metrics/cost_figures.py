"""Derives what a task costs from the blocks of ``cost``."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Literal, get_args

import numpy as np

from bench.metrics.cost_turn import CostTurn, Spent
from bench.metrics.generations import by_place_and_generation
from bench.records.figures import Cost, Estimate
from bench.records.provenance import SubjectRecord
from bench.records.turns import Block, Place
from bench.stats.amounts import amount_of_one, growth_of_one
from bench.stats.intervals import Interval

__all__ = ["cost_figures"]

_Way = Literal["enqueue", "drain"]
_WAYS: tuple[_Way, ...] = get_args(_Way)
_Amount = Callable[[CostTurn], float | None]
_GROWTH_TASKS = 100_000
_SETTLING_TASKS = 2000  # workers that ran noop grew by 300 KB over 1,500 tasks, and then no more


def cost_figures(subjects: Iterable[SubjectRecord], blocks: Iterable[Block]) -> list[Cost]:
    """Return what a task of each subject costs at each place, over all turns except those of the warm-up.

    A figure comes from the turns in which it could be read; it is None or missing if it never could. CPU times have a
    95 % interval from three turns on. Growth needs five turns (one more for each additional generation) after the first
    2,000 tasks of fresh processes. ``waiting_bytes`` is the median over turns.
    """
    return [_cost(subject, at, turns) for subject, at, turns in by_place_and_generation(subjects, blocks, CostTurn)]


def _cost(subject: SubjectRecord, at: Place, generations: list[list[CostTurn]]) -> Cost:
    turns = [turn for generation in generations for turn in generation]
    waiting = [turn.waiting_bytes / turn.tasks for turn in turns if turn.waiting_bytes is not None]
    return Cost(
        subject=subject.label,
        tier=subject.tier,
        at=at,
        tasks=sum(turn.tasks for turn in turns),
        operations={way: found for way in _WAYS if (found := _operations(turns, way))},
        round_trips=_by_way(turns, "round_trips"),
        bytes_to_server=_value(_of_one(turns, partial(_both, "bytes_to_server"))),
        bytes_from_server=_value(_of_one(turns, partial(_both, "bytes_from_server"))),
        connections_per_1000=_by_way(turns, "connections", 1000),
        channels_per_1000=_by_way(turns, "channels", 1000),
        producer_cpu_ns=_estimate(_of_one(turns, partial(_amount, "enqueue", "client_cpu_ns"))),
        worker_cpu_ns=_estimate(_of_one(turns, partial(_amount, "drain", "client_cpu_ns"))),
        server_cpu_ns=_estimate(_of_one(turns, partial(_both, "server_cpu_ns"))),
        waiting_bytes=float(np.median(waiting)) if waiting else None,
        grown_bytes_per_100k=_growth(generations),
    )


def _spent(turn: CostTurn, way: _Way) -> Spent:
    return turn.enqueue if way == "enqueue" else turn.drain


def _amount(way: _Way, name: str, turn: CostTurn) -> int | None:
    amount: int | None = getattr(_spent(turn, way), name)
    return amount


def _both(name: str, turn: CostTurn) -> int | None:
    """Return what both ways took together; None if one of them cannot be read."""
    enqueue, drain = (_amount(way, name, turn) for way in _WAYS)
    return None if enqueue is None or drain is None else enqueue + drain


def _of_one(turns: list[CostTurn], amount: _Amount) -> Interval | None:
    """Return the amount per task over the turns in which it could be read; None if there are none."""
    amounts = [(turn.tasks, amount(turn)) for turn in turns]
    return amount_of_one([(tasks, known) for tasks, known in amounts if known is not None])


def _by_way(turns: list[CostTurn], name: str, tasks: int = 1) -> dict[_Way, float]:
    """Return the amount per ``tasks`` tasks for each way in which it could be read."""
    found = {way: _of_one(turns, partial(_amount, way, name)) for way in _WAYS}
    return {way: tasks * amount.value for way, amount in found.items() if amount}


def _operations(turns: list[CostTurn], way: _Way) -> dict[str, float]:
    """Return how many operations of each name a task takes, most frequent first."""
    read = [turn for turn in turns if _spent(turn, way).connections is not None]
    tasks = sum(turn.tasks for turn in read)
    names = {name for turn in read for name in _spent(turn, way).operations}
    each = {name: sum(_spent(turn, way).operations.get(name, 0) for turn in read) / tasks for name in sorted(names)}
    return dict(sorted(each.items(), key=lambda item: item[1], reverse=True))


def _growth(generations: list[list[CostTurn]]) -> Estimate | None:
    return _estimate(growth_of_one([list(_settled_growths(turns)) for turns in generations]), _GROWTH_TASKS)


def _settled_growths(turns: list[CostTurn]) -> Iterator[tuple[int, int]]:
    """Return (tasks, growth) of each turn after the turns in which a fresh worker fills its caches."""
    drained = 0
    for turn in turns:
        if drained >= _SETTLING_TASKS and turn.drain.client_grown_bytes is not None:
            yield turn.tasks, turn.drain.client_grown_bytes
        drained += turn.tasks


def _value(interval: Interval | None) -> float | None:
    return interval.value if interval else None


def _estimate(interval: Interval | None, times: int = 1) -> Estimate | None:
    if interval is None:
        return None
    low, high = (None if bound is None else times * bound for bound in (interval.low, interval.high))
    return Estimate(value=times * interval.value, low=low, high=high)
