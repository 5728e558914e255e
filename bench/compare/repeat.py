"""Compares a subject with itself repeatedly: which differences this machine detects, and how often it errs."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import scipy  # lazily loads its parts, which take a second
from numpy.typing import NDArray

from bench.compare.request import Comparison
from bench.records.figures import Estimate, Ratio
from bench.records.result import Result
from bench.records.selfcheck import SelfCheck, SelfCheckRow
from bench.stats.intervals import CONFIDENCE
from bench.stats.settling import needed_for_generations_s, needed_for_margin_s
from brokers.errors import BrokerUnavailable

__all__ = ["repeat", "selfcheck_of"]

_FALSE = ("regressed", "improved")


def repeat(
    comparisons: list[Comparison], measure: Callable[[Comparison], Result], observe: Callable[[int, Result], None]
) -> list[Result]:
    """Measure one A/A comparison after another; each has its own servers and processes.

    An interrupted comparison is left out and ends the series. Raises BrokerUnavailable when a subject fails.
    """
    results: list[Result] = []
    for number, comparison in enumerate(comparisons):
        try:
            result = measure(replace(comparison, started_s=time.monotonic()))
        except KeyboardInterrupt:  # before anything was measured
            break
        if result.status == "interrupted":
            break
        if failures := [subject.failure for subject in result.subjects if subject.failure]:
            raise BrokerUnavailable(failures[0])
        results.append(result)
        observe(number, result)
    return results


def selfcheck_of(results: list[Result]) -> SelfCheck:
    """Summarize the A/A results of one or more runs: a row for each metric and budget."""
    first = results[0]
    budgets = sorted({result.budget_s for result in results})
    return SelfCheck(
        started_at=first.started_at,
        subject=first.subjects[0],
        workload=first.workload,
        environment=first.environment,
        margin=first.margin,
        rows=[row for metric in first.metrics for budget_s in budgets for row in _rows(results, metric, budget_s)],
    )


def _rows(results: list[Result], metric: str, budget_s: float) -> Iterator[SelfCheckRow]:
    """Return the row of these results; no row if none of them has a ratio."""
    ratios = [
        row.ratio
        for result in results
        for row in result.summary
        if result.budget_s == budget_s and row.metric == metric and row.ratio
    ]
    if not ratios:
        return
    logs = np.log([ratio.value for ratio in ratios])
    seen = [ratio.detectable for ratio in ratios if ratio.detectable is not None]
    detectable = float(np.median(seen)) if seen else None
    yield SelfCheckRow(
        metric=metric,
        budget_s=budget_s,
        runs=len(ratios),
        bias=_bias(logs),
        spread=float(np.std(logs, ddof=1)) if len(logs) > 1 else None,
        false_alarms=sum(ratio.verdict in _FALSE for ratio in ratios),
        equivalent=sum(ratio.verdict == "equivalent" for ratio in ratios),
        detectable=detectable,
        needed_s=_needed_s(ratios, budget_s, detectable, results[0].margin),
    )


def _needed_s(ratios: list[Ratio], budget_s: float, detectable: float | None, margin: float) -> float | None:
    """Return the budget of a run that would probably not be inconclusive, if any of these is."""
    if not any(ratio.verdict == "inconclusive" for ratio in ratios):
        return None
    if detectable is None:
        return needed_for_generations_s(budget_s, min(ratio.generations for ratio in ratios))
    return needed_for_margin_s(budget_s, detectable, margin)


def _bias(logs: NDArray[np.float64]) -> Estimate:
    """Return the geometric mean of the ratios minus 1, with its t interval."""
    value = float(np.expm1(logs.mean()))
    if len(logs) == 1 or not logs.std():
        return Estimate(value=value)
    interval = scipy.stats.ttest_1samp(logs, 0).confidence_interval(CONFIDENCE)
    return Estimate(value=value, low=float(np.expm1(interval.low)), high=float(np.expm1(interval.high)))
