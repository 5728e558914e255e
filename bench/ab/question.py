"""Measures two sides of one subject until each metric is certain, or the time is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    """What is asked of two sides: whether B keeps within a relative ``limit`` of A in each of the metrics.

    It takes at most ``budget_s``.
    """

    sides: Sides
    workload: Workload
    metrics: Sequence[str]
    limit: float
    budget_s: float
    seed: int

    def comparison(self) -> Comparison:
        """Return what is to be measured, from now on. Raises UsageError where that cannot be done as asked."""
        if self.workload.sweep:
            raise UsageError(f"the workload {self.workload.name!r} is a sweep, and two sides are compared at one point")
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
    """What was measured of the two sides, and what was found in each metric, within a relative ``limit``.

    ``differing`` says in words what their environments differ in.
    """

    result: Result
    findings: list[Finding]
    limit: float
    differing: Sequence[str] = ()

    @property
    def outcome(self) -> SidesOutcome:
        """Return what came of all: ``within`` is said only where everything was measured and keeps within the limit."""
        outcomes = {finding.outcome for finding in self.findings}
        if "regressed" in outcomes:
            return "regressed"
        if not all(finding.measured for finding in self.findings) or self.failed:
            return "not measured"
        return "within" if outcomes == {"within"} else "inconclusive"

    @property
    def failed(self) -> list[str]:
        """Name the sides that were not measured, or not to the end."""
        return [subject.label for subject in self.result.subjects if subject.failure]


def engine_metrics(metrics: Sequence[str]) -> list[str]:
    """Return what the engine measures for these metrics of two sides."""
    wanted = {measured for metric in metrics for measured in side_metrics()[metric].measured}
    return [name for name in catalogue() if name in wanted]


def ask(question: Question, measure: Callable[[Comparison, Enough], Result]) -> Answer:
    """Measure both sides, until every metric is certain or the time is over.

    ``measure`` gets the comparison and ``enough``, as ``bench.compare.run.compare`` takes it. Raises BrokerUnavailable
    where neither side can be measured.
    """
    judge = Judge(question.metrics, question.limit, question.seed)
    comparison = question.comparison()
    comparison.check()
    result = measure(comparison, judge.look)
    findings = [_believed(finding, result) for finding in judge.findings()]
    return Answer(result, findings, question.limit, question.sides.differing)


def _believed(finding: Finding, result: Result) -> Finding:
    """Take back what was found of figures that are void, or of two workers that both hardly moved."""
    side = side_metrics()[finding.metric]
    rows = [row for row in result.summary if row.metric == side.measured[-1]]
    void = any(row.void for row in rows)
    slow = all(row.samples < side.fewest * row.blocks for row in rows)
    return Finding(finding.metric, looks=finding.looks) if rows and (void or slow) else finding
