"""Measures two sides of one subject until each metric is certain, or the time is up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.ab.judge import Finding, Judge
from bench.ab.sides import Sides
from bench.compare.request import Comparison
from bench.compare.run import Enough
from bench.metrics.registry import catalogue, side_metrics
from bench.records.result import Result
from bench.records.workload import Workload
from brokers.errors import UsageError

__all__ = ["Answer", "Question", "SidesOutcome", "ask", "engine_metrics"]

SidesOutcome = Literal["within", "regressed", "inconclusive", "not measured"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """The question about two sides: whether B stays within a relative ``limit`` of A in each of the metrics.

    Measuring takes at most ``budget_s``.
    """

    sides: Sides
    workload: Workload
    metrics: Sequence[str]
    limit: float
    budget_s: float
    seed: int

    def comparison(self) -> Comparison:
        """Return the comparison to measure, starting now. Raises UsageError when the workload is a sweep."""
        if self.workload.sweep:
            raise UsageError(f"the workload {self.workload.name!r} is a sweep; two sides are compared at one point")
        return Comparison(
            subjects=self.sides.subjects,
            workload=self.workload,
            metrics=engine_metrics(self.metrics),
            budget_s=self.budget_s,
            seed=self.seed,
            margin=self.limit,
            sides=True,
        )


@dataclass(frozen=True)
class Answer:
    """The result of measuring two sides, and the finding for each metric, judged by a relative ``limit``.

    ``differing`` describes in words how their environments differ, and ``notes`` what else to know about the sides.
    """

    result: Result
    findings: list[Finding]
    limit: float
    differing: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def outcome(self) -> SidesOutcome:
        """Return the overall outcome: ``within`` only if everything was measured and stays within the limit."""
        outcomes = {finding.outcome for finding in self.findings}
        if "regressed" in outcomes:
            return "regressed"
        if not all(finding.measured for finding in self.findings) or self.failed:
            return "not measured"
        return "within" if outcomes == {"within"} else "inconclusive"

    @property
    def failed(self) -> list[str]:
        """Return the labels of the sides that were not measured, or not to the end."""
        return [subject.label for subject in self.result.subjects if subject.failure]


def engine_metrics(metrics: Sequence[str]) -> list[str]:
    """Return the names of the engine's metrics behind these metrics of two sides."""
    wanted = {measured for metric in metrics for measured in side_metrics()[metric].measured}
    return [name for name in catalogue() if name in wanted]


def ask(question: Question, measure: Callable[[Comparison, Enough], Result]) -> Answer:
    """Measure both sides until every metric is certain or the time is up.

    ``measure`` receives the comparison and ``enough``, as ``bench.compare.run.compare`` takes it. Raises
    BrokerUnavailable when neither side can be measured.
    """
    judge = Judge(question.metrics, question.limit, question.seed)
    comparison = question.comparison()
    comparison.check()
    result = measure(comparison, judge.look)
    believed = [_believed(finding, result) for finding in judge.findings()]
    findings = [
        replace(one, needed_s=judge.needed_s(one, question.budget_s)) if one.outcome == "inconclusive" else one
        for one in believed
    ]
    return Answer(result, findings, question.limit, question.sides.differing, question.sides.notes)


def _believed(finding: Finding, result: Result) -> Finding:
    """Withdraw a finding whose figures are void, or where both workers hardly moved."""
    side = side_metrics()[finding.metric]
    rows = [row for row in result.summary if row.metric == side.measured[-1]]
    void = any(row.void for row in rows)
    slow = all(row.samples < side.fewest * row.blocks for row in rows)
    return Finding(finding.metric, looks=finding.looks) if rows and (void or slow) else finding
