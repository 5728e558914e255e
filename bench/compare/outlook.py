"""Whether the time of a sweep is probably enough for its points: estimated before anything is measured.

What a subject takes is not known then, so usual times are assumed, on a machine that does nothing else. Slow subjects
take longer: an outlook that says nothing is no promise.
"""

from bench.compare.flips import reserving
from bench.compare.request import Comparison
from bench.engine.runner import WARMUP_BLOCKS
from bench.engine.schedule import BUDGETS_S, END_S, least_s, plan_generations
from bench.records.workload import Workload
from bench.text.numbers import budget_text, plural, timeout_text

__all__ = ["too_short"]

_BOOT_S, _BOOT_EACH_S = 3.0, 1.0  # to boot the servers, and for each subject
_WAY_S, _WAY_TRIPS = 0.5, 80  # to measure the distance of one subject at one point: a time, and round trips
_START_S, _START_EACH_S = 1.5, 0.7  # to start fresh processes, and for each subject
_CALL_S, _TRIPS = 0.001, 2.0  # of one call or task: its own time, and its round trips
_MOST_KEPT = 1 / 3  # of the time, for a run that confirms this one
_SETS = 2  # of processes at a point, without which there is no verdict
_LONGEST_S = 3600.0
_STEP_S = 30.0


def too_short(comparison: Comparison) -> str:
    """Return in one line what the budget of a sweep is too short for, and what to do; empty if it is probably enough.

    It is too short if points are not reached at all, or have only one set of processes, so that no ratio is certain.
    """
    points = len(comparison.plan().points)
    if points == 1 or comparison.sides or not comparison.plan().repeats:
        return ""
    reached = _reached(comparison, comparison.budget_s)
    if reached < points:
        lack = f"only about {reached} of the {plural(points, 'point')} of the sweep will be reached"
    elif comparison.subjects[1:] and not _has_two_sets(comparison, comparison.budget_s):
        lack = f"each of the {plural(points, 'point')} of the sweep will have one set of processes, and no verdict"
    else:
        return ""
    return f"{timeout_text(comparison.budget_s)} is probably too short: {lack}; {_remedy(comparison)}"


def _remedy(comparison: Comparison) -> str:
    """Return which budget would be enough, and what else would help."""
    steps = range(1, int(_LONGEST_S / _STEP_S) + 1)
    longer = (comparison.budget_s + _STEP_S * step for step in steps)
    enough_s = next((one for one in longer if _has_two_sets(comparison, one)), None)
    full = enough_s is not None and enough_s <= BUDGETS_S["full"]
    ways = ["use --full" if full else f"use --budget {budget_text(enough_s)}" if enough_s else ""]
    ways.append("--metric enqueue" if comparison.metrics[1:] and "enqueue" in comparison.metrics else "")
    ways.append("fewer distances" if "rtt" in comparison.workload.sweep else "fewer values")
    told = [way for way in ways if way]
    text = ", ".join(told[:-1]) + f" or {told[-1]}" if told[1:] else told[0]
    return text if enough_s else f"use {text}"


def _has_two_sets(comparison: Comparison, budget_s: float) -> bool:
    points = [point.workload for point in comparison.plan().points]
    left_s, warmups_s = _left_s(comparison, budget_s), [_round_s(comparison, one) for one in points]
    renewal_s = _start_s(comparison) + sum(warmups_s) / len(points)
    longest_s = max(warmups_s)
    sets = plan_generations(left_s, renewal_s, len(points), longest_s) / len(points)
    return sets >= _SETS and _reached(comparison, budget_s) == len(points)


def _reached(comparison: Comparison, budget_s: float) -> int:
    """Return at how many points there is time for the processes, their warm-up and a block of everything."""
    left_s, points = _left_s(comparison, budget_s), [point.workload for point in comparison.plan().points]
    mean_s = sum((1 + WARMUP_BLOCKS) * _round_s(comparison, one) for one in points) / len(points)
    return min(len(points), max(0, int(left_s / (_start_s(comparison) + mean_s))))


def _left_s(comparison: Comparison, budget_s: float) -> float:
    """Return what is left of a budget once the servers are booted, without what is kept for another run."""
    each = len(comparison.subjects)
    far_s = [_rtt_s(comparison, point.workload) for point in comparison.plan().points]
    ways_s = each * sum(_WAY_S + _WAY_TRIPS * rtt_s for rtt_s in far_s if rtt_s)
    booting_s = _BOOT_S + _BOOT_EACH_S * each + ways_s
    kept_s = reserving(comparison).reserved_s
    if kept_s:
        kept_s = min(kept_s + booting_s, _MOST_KEPT * (budget_s - booting_s))
    return max(0.0, budget_s - END_S - booting_s - kept_s)


def _start_s(comparison: Comparison) -> float:
    return _START_S + _START_EACH_S * len(comparison.subjects)


def _round_s(comparison: Comparison, workload: Workload) -> float:
    """Return how long a block of every series takes at one point."""
    calls = workload.warmup_calls + workload.calls
    turn_s = calls * (_CALL_S + _TRIPS * _rtt_s(comparison, workload))
    return sum(max(least_s(one), turn_s * len(comparison.subjects)) for one in comparison.plan().series())


def _rtt_s(comparison: Comparison, workload: Workload) -> float:
    """Return the longest distance of a subject at one point."""
    return max(subject.distance(workload).rtt_ns for subject in comparison.subjects) / 1e9
