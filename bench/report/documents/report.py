"""What ``report`` prints with ``--json``: what the terminal begins with."""

from typing import Literal, Self

from bench.records.bounds import Few
from bench.records.result import Result
from bench.records.strict import Record
from bench.report.headline import headline
from bench.report.overview import Overview, overview
from bench.report.wording import warnings

__all__ = ["Answer", "ReportDocument"]


class Answer(Record):
    """The headline of one result, its overview, and its warnings."""

    headline: Few[str]
    overview: Overview
    warnings: Few[str]

    @classmethod
    def of(cls, result: Result) -> Self:
        """Return the answer of a result."""
        return cls(headline=headline(result), overview=overview(result), warnings=warnings(result))


class ReportDocument(Record):
    """The answers of the results, in the order of the arguments."""

    version: Literal[1] = 1
    kind: Literal["report"] = "report"
    answers: Few[Answer]
