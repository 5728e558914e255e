"""What a machine can distinguish: the summary of many comparisons of a subject with itself."""

from pathlib import Path
from typing import Literal

from bench.records.bounds import Count, Few, Number, PositiveCount, Seconds, When
from bench.records.figures import Estimate
from bench.records.provenance import Environment, SubjectRecord
from bench.records.strict import Record, checked_json
from bench.records.turns import MetricName
from bench.records.workload import Workload

__all__ = ["SelfCheck", "SelfCheckRow", "read_selfcheck"]


class SelfCheckRow(Record):
    """The A/A comparisons of one metric and one budget. Shares are fractions of one."""

    metric: MetricName
    budget_s: Seconds
    runs: PositiveCount
    bias: Estimate
    """The typical ratio minus 1: what order, place or time gave to one of two equals."""
    spread: Number | None
    """The standard deviation of the ratios' logarithms between runs; None with one run."""
    false_alarms: Count
    """Runs whose verdict was ``regressed`` or ``improved``."""
    equivalent: Count
    detectable: Number | None
    """The smallest difference that a run could have detected: the median of the runs."""
    needed_s: Seconds | None = None
    """If a run was inconclusive: the budget of a run that can detect the margin; None if no reasonable one can."""


class SelfCheck(Record):
    """How well one subject can be compared with itself on this machine."""

    version: Literal[1] = 1
    kind: Literal["selfcheck"] = "selfcheck"
    started_at: When
    subject: SubjectRecord
    workload: Workload
    environment: Environment
    margin: Number
    rows: Few[SelfCheckRow]


def read_selfcheck(path: Path) -> SelfCheck:
    """Read the file that ``brokerbench selfcheck --out`` wrote. Raises UsageError if it is not one."""
    return checked_json(SelfCheck, path, "a self-check", "use the file that 'brokerbench selfcheck --out' wrote")
