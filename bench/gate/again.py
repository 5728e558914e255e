"""Repeats a baseline's measurement, and measures once more what seems to have regressed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bench.compare.request import Comparison
from bench.engine.plan import LIMIT_NS
from bench.gate.checks import Kind
from bench.gate.judging import Gate, Judged, judge
from bench.gate.limits import Limits
from bench.metrics.latency import LEAST_RATE, MOST_RATE
from bench.processes.subject import label_subjects, labelled_rtt_ns
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.workload import Workload
from brokers.documents import shortened
from brokers.errors import UsageError
from brokers.registry import split_subject
from brokers.secrets import HIDDEN

__all__ = ["Guard", "judge_now", "same_again"]

Measure = Callable[[Comparison, bool], Result]
"""Measures and returns the result with its blocks; the flag is True for a run that confirms an earlier one."""


def same_again(baseline: Result, interpreter: str | None = None) -> Comparison:
    """Return a comparison with the baseline's subjects, workload, metrics, seed and budget, run by that interpreter.

    Raises UsageError if the workload's app is not here, if the baseline compares two sides, or if it had secrets.
    """
    if any(subject.spec for subject in baseline.subjects):
        raise UsageError("the baseline compares two sides: measure with 'brokerbench ab', and pass both results")
    workload = baseline.workload
    own = [subject.workload for subject in baseline.subjects if subject.workload]
    if any(HIDDEN in one.model_dump_json() for one in [workload, *own]):
        raise UsageError(
            "the baseline does not contain the secrets in its task's arguments or settings: "
            "measure with 'brokerbench compare', and pass both results"
        )
    if workload.app_dir and not Path(workload.app_dir).is_dir():
        raise UsageError(
            f"the baseline's app was in {workload.app_dir}, which is not here: "
            "measure with 'brokerbench compare', and pass both results"
        )
    subjects = label_subjects([split_subject(f"{subject.broker}:{subject.profile}") for subject in baseline.subjects])
    return Comparison(
        subjects=[
            replace(
                subject,
                label=was.label,
                rtt_ns=_rtt_ns(was, was.workload or workload),
                workload=was.workload,
                metrics=tuple(was.metrics),
                interpreter=interpreter or subject.interpreter,
            )
            for subject, was in zip(subjects, baseline.subjects, strict=True)
        ],
        workload=workload,
        metrics=baseline.metrics,
        budget_s=baseline.budget_s,
        rates_per_s=_rates_per_s(baseline),
        limit_ns=next((one.limit_ns for one in baseline.capacities), LIMIT_NS),
        seed=baseline.seed,
        margin=baseline.margin,
    )


def _rtt_ns(was: SubjectRecord, workload: Workload) -> int | None:
    """Return the distance that a subject had, or was to have if it failed; None if the workload varies it."""
    if "rtt" in workload.sweep:
        return None
    return was.rtt_ns or labelled_rtt_ns(was.label)


def _rates_per_s(baseline: Result) -> tuple[float, ...]:
    """Return the rates at which the baseline measured latency. Raises UsageError for a rate that cannot be one."""
    found = (row.at.get("rate_per_s") for row in baseline.summary if row.metric == "latency")
    rates = tuple(dict.fromkeys(rate for rate in found if rate is not None))
    for rate in rates:
        if not isinstance(rate, int | float) or not LEAST_RATE <= rate <= MOST_RATE:
            shown = shortened(repr(rate))
            raise UsageError(f"the baseline's latency was measured at a rate of {shown}: use a result of 'compare'")
    return tuple(float(rate) for rate in rates)


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What a measurement is judged by: a baseline, limits, and the differences that are allowed."""

    baseline: Result
    limits: Limits
    allowed: frozenset[Kind]

    def judge(self, current: Result) -> Gate:
        """Judge a result against the baseline."""
        return judge(self.baseline, current, self.limits, self.allowed)


def judge_now(guard: Guard, comparison: Comparison, measure: Measure) -> Gate:
    """Measure and judge; what seems to have regressed is measured again, and counts only if it regresses again.

    An interrupted run is judged by what it had measured, and is not repeated.
    """
    here = [subject.label for subject in comparison.subjects]
    guard.limits.check([*(subject.label for subject in guard.baseline.subjects), *here])
    gate = guard.judge(measure(comparison, False))
    if not gate.regressed or gate.current.status == "interrupted":
        return gate
    again = measure(_of_suspects(comparison, gate.regressed), True)
    return _confirmed(gate, guard.judge(again))


def _of_suspects(comparison: Comparison, suspects: list[Judged]) -> Comparison:
    """Return a comparison of only the subjects and metrics in which something seems to have regressed.

    They have the whole budget, so it detects at least what the first run did.
    """
    labels, found = {row.subject for row in suspects}, {row.metric for row in suspects}
    metrics = [metric for metric in comparison.metrics if metric in found]
    return replace(
        comparison,
        subjects=[subject for subject in comparison.subjects if subject.label in labels],
        metrics=metrics,
        rates_per_s=comparison.rates_per_s if "latency" in metrics else (),
        ceilings=False,
        confirms=True,
        started_s=time.monotonic(),
    )


def _confirmed(first: Gate, second: Gate) -> Gate:
    return replace(first, rows=[_confirmed_row(row, second) for row in first.rows])


def _confirmed_row(row: Judged, second: Gate) -> Judged:
    if row.outcome != "regressed":
        return row
    same = (one for one in second.rows if one.is_of(row.subject, row.metric) and one.at == row.at)
    again = next(same, None)
    if again and again.outcome == "regressed":
        return replace(row, confirmed=True)
    if again and again.outcome == "within":
        return replace(again, why="a first run found it regressed, but a second run did not")
    return replace(
        row,
        outcome="inconclusive",
        why="a first run found it regressed, but a second run could not tell",
        needed_s=again.needed_s if again else None,
    )
