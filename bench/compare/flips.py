"""Measures again where one subject overtakes another: what a fit found in one run is confirmed in another one."""

import time
from collections.abc import Iterable
from dataclasses import replace

from bench.compare.request import Comparison, MeasureAgain
from bench.figures.crossings import KEY, of_times
from bench.records.figures import Again, Crossing, Estimate
from bench.records.result import Result
from brokers.errors import BrokerbenchError

__all__ = ["confirmed", "reserving"]

_FOLDER = "at-the-flip"
_SHARE, _LEAST_S, _SHORTEST_RUN_S = 0.25, 15.0, 50.0  # of the budget; a shorter run has no time for it
_MOST_WITH_ENDS = 2  # flips that are measured at the ends of their intervals, too
_LEAST_APART = 0.02  # of the flip: ends that are nearer to it tell nothing else


def reserving(comparison: Comparison) -> Comparison:
    """Return the comparison with a part of its budget reserved, if it varies only the distance of several subjects."""
    varies = list(comparison.workload.sweep) == ["rtt"] and not any(one.workload for one in comparison.subjects)
    several = len(comparison.subjects) > 1 and comparison.budget_s >= _SHORTEST_RUN_S
    if not (varies and several) or comparison.sides or comparison.confirms:
        return comparison
    return replace(comparison, reserved_s=max(_LEAST_S, _SHARE * comparison.budget_s))


def confirmed(result: Result, comparison: Comparison, measure: MeasureAgain) -> Result:
    """Measure at the flips of the result, with another seed, and return the result with what was found there.

    Without a flip, or without time, it is the same object. If the second run fails, a warning says why.
    """
    flips = [one for one in result.crossings if one.flip_ns]
    left_s = comparison.started_s + comparison.budget_s - time.monotonic()
    if not (flips and comparison.reserved_s) or result.status != "finished" or left_s < _LEAST_S:
        return result
    places = {id(one): _places(one, ends=len(flips) <= _MOST_WITH_ENDS) for one in flips}
    try:
        second = measure(_again(comparison, flips, places.values(), left_s), _FOLDER)
    except KeyboardInterrupt:
        return result.model_copy(update={"status": "interrupted"})
    except BrokerbenchError as error:
        reason = f"the flip was not measured again: {error.format_message()}"
        return result.model_copy(update={"warnings": [*result.warnings, reason]})
    found = [_with_again(one, places.get(id(one), ()), second) for one in result.crossings]
    return result.model_copy(update={"crossings": found, "status": second.status})


def _places(flip: Crossing, *, ends: bool) -> tuple[int, ...]:
    """Return the distances at which to measure again, in microseconds: at the flip, and at the ends of its interval."""
    at = flip.flip_ns or Estimate(value=0)
    low = min(at.value if at.low is None else at.low, (1 - _LEAST_APART) * at.value)
    high = max(at.value if at.high is None else at.high, (1 + _LEAST_APART) * at.value)
    exact = (low, at.value, high) if ends else (at.value,)
    return tuple(dict.fromkeys(max(0, round(one / 1e3)) for one in exact))


def _again(
    comparison: Comparison, flips: list[Crossing], places: Iterable[tuple[int, ...]], budget_s: float
) -> Comparison:
    """Return a comparison of what flips, at these distances alone."""
    labels = {label for one in flips for label in (one.subject, one.to)}
    metrics = {one.metric for one in flips}
    values = sorted({place for some in places for place in some})
    return replace(
        comparison,
        subjects=[subject for subject in comparison.subjects if subject.label in labels],
        metrics=[metric for metric in comparison.metrics if metric in metrics],
        workload=comparison.workload.model_copy(update={"sweep": {"rtt": [f"{value}us" for value in values]}}),
        rates_per_s=comparison.rates_per_s if "latency" in metrics else (),
        budget_s=budget_s,
        reserved_s=0.0,
        seed=comparison.seed + 1,
        ceilings=False,
        confirms=True,
        started_s=time.monotonic(),
    )


def _with_again(flip: Crossing, places_us: Iterable[int], second: Result) -> Crossing:
    """Return a crossing with the ratios that the second run found at its distances."""
    wanted = {1000 * place for place in places_us}
    own = [
        row for row in second.summary if (row.subject, row.metric, row.layer) == (flip.subject, flip.metric, "celery")
    ]
    again = [
        Again(rtt_ns=int(row.at[KEY]), ratio=row.ratio)
        for row in own
        if row.ratio and row.ratio.to == flip.to and row.void is None and row.at.get(KEY) in wanted
        if {name: value for name, value in row.at.items() if name != KEY} == flip.at
    ]
    contradicted = any(_contradicts(flip, one, second.margin) for one in again)
    return flip.model_copy(update={"again": sorted(again, key=lambda one: one.rtt_ns), "contradicted": contradicted})


def _contradicts(flip: Crossing, found: Again, margin: float) -> bool:
    """Return whether the wrong subject is faster by certainly more than the margin at an end of the flip's interval."""
    at, ratio = flip.flip_ns, of_times(found.ratio, flip.metric)
    if at is None or ratio.low is None or ratio.high is None or abs(found.rtt_ns - at.value) < 1e3:  # noqa: PLR2004 - us
        return False
    expected = flip.near if found.rtt_ns < at.value else flip.far
    return ratio.high < 1 - margin if expected == "slower" else ratio.low > 1 + margin
