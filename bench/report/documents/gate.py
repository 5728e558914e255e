"""What ``brokerbench gate --json`` prints: the outcome for each figure, and how the two results differ otherwise."""

from typing import Literal, Self

from bench.gate.checks import Difference, Kind
from bench.gate.judging import Gate, GateOutcome, Judged
from bench.records.bounds import Few, Name, Number, Rows, Seconds, When
from bench.records.figures import Estimate, Ratio
from bench.records.strict import Record
from bench.records.turns import MetricName, Place
from bench.report.gate.sentences import conclusion, row_sentence

__all__ = ["GateDifference", "GateDocument", "GateRow"]


class GateRow(Record):
    """One figure of one subject in both results, and the outcome of comparing them.

    ``effective`` is the larger of your ``limit`` and what the runs could detect. It is ``confirmed`` if a second run
    found the regression, too. ``needed_s`` is the budget of two runs that would probably settle an inconclusive one.
    """

    subject: Name
    metric: MetricName
    at: Place
    part: Name
    baseline: Estimate | None
    current: Estimate | None
    ratio: Ratio | None
    limit: Number | None
    effective: Number | None
    outcome: GateOutcome
    why: str
    confirmed: bool
    needed_s: Seconds | None
    sentence: str

    @classmethod
    def of(cls, row: Judged) -> Self:
        """Return the document of a row."""
        fields = {name: getattr(row, name) for name in cls.model_fields if name != "sentence"}
        return cls(**fields, sentence=row_sentence(row))


class GateDifference(Record):
    """How the results differ besides their figures, and whether that was allowed."""

    name: Kind
    text: str
    subjects: Few[Name]
    allowed: bool

    @classmethod
    def of(cls, difference: Difference, gate: Gate) -> Self:
        """Return the document of a difference."""
        return cls(
            name=difference.kind,
            text=difference.text,
            subjects=list(difference.subjects),
            allowed=difference.kind in gate.allowed,
        )


class GateDocument(Record):
    """Whether a result regressed since a baseline."""

    version: Literal[1] = 1
    kind: Literal["gate"] = "gate"
    outcome: GateOutcome
    conclusion: str
    baseline_started_at: When
    current_started_at: When
    workload: Name
    rows: Rows[GateRow]
    differences: Rows[GateDifference]

    @classmethod
    def of(cls, gate: Gate, *, inconclusive_passes: bool) -> Self:
        """Return the document of what a gate found."""
        return cls(
            outcome=gate.outcome,
            conclusion=conclusion(gate, inconclusive_passes=inconclusive_passes),
            baseline_started_at=gate.baseline.started_at,
            current_started_at=gate.current.started_at,
            workload=gate.current.workload.name,
            rows=[GateRow.of(row) for row in gate.rows],
            differences=[GateDifference.of(one, gate) for one in gate.differences],
        )
