"""Finds each subject's capacity: the highest rate that it sustains."""

import time
from collections.abc import Mapping, Sequence

from bench.engine.capacity_search import CapacitySearch
from bench.engine.plan import Plan
from bench.engine.stage import Stage, Take
from bench.metrics.latency import LatencyTurn, is_unsent_turn, latency_turn, turn_tasks
from bench.processes.running import Running
from bench.records.figures import Capacity
from bench.records.provenance import SubjectRecord
from bench.records.turns import Key, Series

__all__ = ["Searches", "capacities", "find_capacities", "sustained"]

_SERIES = Series("capacity")
_MOST_LATE = 0.01  # of the tasks may end after the limit, because the limit is on the p99
_CONFIRMING = 2  # times as long as others: a turn that confirms


def find_capacities(stage: Stage, first_rates_per_s: dict[Key, float], limit_ns: int, until_s: float) -> "Searches":
    """Run blocks of open-loop turns, each subject at the next rate of its search, until all searches are over.

    The searches share the time up to ``until_s`` on the monotonic clock equally; a search that is not over by then
    keeps what it has found.
    """
    share_s = (until_s - time.monotonic()) / max(len(first_rates_per_s), 1)
    ends_s = {key: stage.spent_s(_SERIES, key) + share_s for key in first_rates_per_s}
    searches = {key: CapacitySearch(rate) for key, rate in first_rates_per_s.items()}
    repeated: dict[Key, float] = {}
    while time.monotonic() < until_s:
        going = [key for key in stage.left(_SERIES) if key in searches and stage.spent_s(_SERIES, key) < ends_s[key]]
        rates = {key: rate for key in going if (rate := searches[key].next_rate_per_s())}
        if not rates:
            break
        block = stage.block_of(rates, _SERIES, _probe(searches, rates))
        for turn in block.turns if block else ():
            if isinstance(turn, LatencyTurn):
                key: Key = (turn.subject, "celery")
                if is_unsent_turn(turn) and repeated.get(key) != turn.rate_per_s:
                    repeated[key] = turn.rate_per_s  # try once more: a neighbour may have used the machine
                else:
                    searches[key].add(sustained(turn, limit_ns), limited_by_generator=is_unsent_turn(turn))
    return searches


Searches = dict[Key, CapacitySearch]


def _probe(searches: Searches, rates_per_s: dict[Key, float]) -> Take:
    def take(running: Running) -> LatencyTurn:
        key: Key = (running.label, running.layer)
        tasks = turn_tasks(rates_per_s[key]) * (_CONFIRMING if searches[key].confirming else 1)
        return latency_turn(running, running.pace(tasks, rates_per_s[key]), tasks)

    return take


def sustained(turn: LatencyTurn, limit_ns: int) -> bool:
    """Return whether at most 1 % of the tasks ended after the limit, and the backlog did not certainly grow."""
    _, low, _ = turn.backlog_per_s
    return turn.response.counted().share_above(limit_ns) <= _MOST_LATE and low <= 0


def capacities(subjects: Sequence[SubjectRecord], plan: Plan, searches: Mapping[int, Searches]) -> list[Capacity]:
    """Return the capacity of each subject at each point, as the searches found it."""
    return [
        _record(subject, plan, point, search)
        for point, found_there in sorted(searches.items())
        for subject in subjects
        if (search := found_there.get((subject.label, "celery")))
    ]


def _record(subject: SubjectRecord, plan: Plan, point: int, search: CapacitySearch) -> Capacity:
    result = search.result
    return Capacity(
        subject=subject.label,
        tier=subject.tier,
        at=plan.points[point].at,
        limit_ns=plan.limit_ns,
        rate_per_s=result.rate_per_s,
        failed_per_s=result.failed_above_per_s,
        at_least=result.at_least,
        confirmed=search.confirmed,
        probes=result.probes,
    )
