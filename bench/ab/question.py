"""Measures two sides of one subject until each metric is certain, or the time is up."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bench.ab.judge import Finding, Judge
from bench.ab.sides import Sides
from bench.compare.request import Comparison
from bench.compare.run import Enough
from bench.figures.rows import summarize
from bench.figures.tally import Tally
from bench.metrics.registry import catalogue, find_metric, side_metrics
from bench.records.figures import Row
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
            soon=self._soon,
        )

    @property
    def _soon(self) -> list[str]:
        """Return the engine's metrics that take little time to measure, of those that were asked for."""
        quick = [name for name in self.metrics if not find_metric(side_metrics()[name].measured[-1]).long_runs_only]
        return engine_metrics(quick)


@dataclass(frozen=True)
class Answer:
    """The result of measuring two sides, and the finding for each metric, judged by a relative ``limit``.

    ``differing`` describes in words how their environments differ, and ``notes`` what else to know about the sides.
    ``ended_by`` names the metrics whose regression ended the run before it was known of all others.
    """

    result: Result
    findings: list[Finding]
    limit: float
    differing: Sequence[str] = ()
    notes: Sequence[str] = ()
    ended_by: Sequence[str] = ()

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


@dataclass
class _Watch:
    """Looks at a measurement; it has seen enough when every metric is certain, or when one has regressed."""

    question: Question
    comparison: Comparison
    judge: Judge
    ended_by: list[str] = field(default_factory=list)

    def enough(self, tally: Tally, done: int, planned: int) -> bool:
        """Look at the figures after a generation; return True if the answer is known."""
        if self.judge.look(tally, done, planned):
            return True
        if done < planned and (regressed := self.judge.regressed):
            records = [subject.record() for subject in self.comparison.subjects]
            rows = summarize(records, tally, self.question.seed, self.question.limit, sides=True)
            self.ended_by = [one.metric for one in regressed if _believed(one, rows).outcome == "regressed"]
        return bool(self.ended_by)


def ask(question: Question, measure: Callable[[Comparison, Enough], Result]) -> Answer:
    """Measure both sides until every metric is certain, one has regressed, or the time is up.

    ``measure`` receives the comparison and ``enough``, as ``bench.compare.run.compare`` takes it. Raises
    BrokerUnavailable when neither side can be measured.
    """
    judge = Judge(question.metrics, question.limit, question.seed)
    comparison = question.comparison()
    comparison.check()
    watch = _Watch(question, comparison, judge)
    result = measure(comparison, watch.enough)
    found = judge.findings(ended_early=bool(watch.ended_by))
    believed = [_believed(finding, result.summary) for finding in found]
    findings = [
        replace(one, needed_s=judge.needed_s(one, question.budget_s)) if one.outcome == "inconclusive" else one
        for one in believed
    ]
    sides = question.sides
    return Answer(result, findings, question.limit, sides.differing, sides.notes, watch.ended_by)


def _believed(finding: Finding, summary: Iterable[Row]) -> Finding:
    """Withdraw a finding whose figures are void."""
    side = side_metrics()[finding.metric]
    rows = [row for row in summary if row.metric == side.measured[-1]]
    return Finding(finding.metric, looks=finding.looks) if any(row.void for row in rows) else finding
