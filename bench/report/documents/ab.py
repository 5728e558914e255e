"""What ``brokerbench ab --json`` prints: the findings about two sides, and the result that they come from."""

from typing import Literal, Self

from bench.ab.judge import Finding
from bench.ab.question import Answer, SidesOutcome
from bench.records.bounds import Count, Few, Margin, Name, Number, Seconds
from bench.records.result import Result
from bench.records.strict import Record
from bench.report.ab.sentences import conclusion, failures, sentence
from bench.stats.looks import LookOutcome

__all__ = ["AbDocument", "MetricFinding", "SidesRatio"]


class SidesRatio(Record):
    """Side B's figure over side A's, with its 95 % interval and the smallest difference that was detectable.

    ``detectable`` is a share; for counted events, it is the smallest rate of side B.
    """

    value: Number | None
    low: Number | None
    high: Number | None
    detectable: Number | None


class MetricFinding(Record):
    """What was found in one metric. ``needed_s`` is the budget that would probably settle an inconclusive outcome."""

    metric: Name
    outcome: LookOutcome
    measured: bool
    ratio: SidesRatio | None
    looks: Count
    needed_s: Seconds | None
    sentence: str

    @classmethod
    def of(cls, finding: Finding, answer: Answer) -> Self:
        """Return the document of a finding."""
        return cls(
            metric=finding.metric,
            outcome=finding.outcome,
            measured=finding.measured,
            ratio=_ratio(finding),
            looks=finding.looks,
            needed_s=finding.needed_s,
            sentence=sentence(finding, answer),
        )


class AbDocument(Record):
    """The answer about two sides, A and B: whether B is worse than A by more than the ``limit``."""

    version: Literal[1] = 1
    kind: Literal["ab"] = "ab"
    outcome: SidesOutcome
    limit: Margin
    conclusion: str
    findings: Few[MetricFinding]
    failures: dict[Name, str]
    """Why a side could not be measured, by its label."""
    differing: Few[str]
    """How their environments differ, in words."""
    notes: Few[str]
    result: Result
    """Without its blocks, which ``--out`` writes."""

    @classmethod
    def of(cls, answer: Answer, *, inconclusive_passes: bool) -> Self:
        """Return the document of an answer."""
        return cls(
            outcome=answer.outcome,
            limit=answer.limit,
            conclusion=conclusion(answer, inconclusive_passes=inconclusive_passes),
            findings=[MetricFinding.of(finding, answer) for finding in answer.findings],
            failures=failures(answer),
            differing=list(answer.differing),
            notes=list(answer.notes),
            result=answer.result.model_copy(update={"blocks": []}),
        )


def _ratio(finding: Finding) -> SidesRatio | None:
    if (ratio := finding.ratio) is not None:
        return SidesRatio(value=ratio.value, low=ratio.low, high=ratio.high, detectable=ratio.detectable)
    if (counted := finding.counted) is not None:
        return SidesRatio(value=counted.value, low=counted.low, high=counted.high, detectable=counted.visible)
    return None
