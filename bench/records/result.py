"""A result: the immutable record of one measurement, with where and how it was made.

Version history of the document:

1   first version.
2   blocks name the generation of processes that they were measured in; ratios have a verdict; p99.9.
3   metrics ``latency``, ``capacity``, ``wakeup``, ``first-publish``, ``phases`` and ``cost``; layers (ceilings); blocks
    and rows have a place in a series, ``at``; rows hold histogram and drift.

Blocks hold what was measured (``bench.records.turns``). Except for where and how it was made, everything else is
derived from them (``bench.records.figures``) and can be derived again.
"""

import os.path
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from annotated_types import MaxLen
from pydantic import model_validator

from bench.records.bounds import Few, Many, Rows
from bench.records.diagnoses import Diagnosis
from bench.records.figures import (
    Capacity,
    Cost,
    Crossing,
    Disturbance,
    PayloadLimit,
    PhaseFigure,
    RoundTrips,
    Row,
    Scaling,
)
from bench.records.own_code import OwnCodeTime
from bench.records.provenance import SubjectRecord, refuse_twice
from bench.records.run import RunRecord, schema_of
from bench.records.selfcheck import SelfCheck
from bench.records.strict import MOST_BYTES, RECORD_LEVELS, checked
from bench.records.turns import Block, MetricName
from bench.records.workload import Workload
from brokers.documents import Malformed, Unreadable, file_text, json_value, shortened
from brokers.errors import UsageError

__all__ = [
    "HDR_FILE",
    "HTML_FILE",
    "MARKDOWN_FILE",
    "MOST_BLOCKS",
    "RESULT_FILE",
    "Result",
    "read_result",
    "schema",
]

RESULT_FILE = "result.json"
MARKDOWN_FILE, HTML_FILE, HDR_FILE = "report.md", "report.html", "histograms.hlog"
"""The reports beside it."""
MOST_BLOCKS = 200_000
_REMEDY = "use the result.json that 'brokerbench compare' wrote, or its folder"


class Result(RunRecord):
    """One comparison."""

    version: Literal[3] = 3
    kind: Literal["compare"] = "compare"
    metrics: Few[MetricName]
    subjects: Few[SubjectRecord]
    confirms: bool = False
    """True if it repeats a part of an earlier run to confirm what that one found; it is not a run by itself."""
    summary: Rows[Row] = []
    capacities: Rows[Capacity] = []
    scaling: Rows[Scaling] = []
    round_trips: Rows[RoundTrips] = []
    crossings: Rows[Crossing] = []
    phases: Rows[PhaseFigure] = []
    own_code: Rows[OwnCodeTime] = []
    costs: Rows[Cost] = []
    limits: Rows[PayloadLimit] = []
    diagnoses: Rows[Diagnosis] = []
    """The reasons of figures, the main one of each first."""
    disturbance: Disturbance | None = None
    """None if it is unknown what other programs used."""
    selfcheck: SelfCheck | None = None
    """What this machine could distinguish when it compared a subject with itself."""
    blocks: Annotated[Many[Block], MaxLen(MOST_BLOCKS)] = []
    """Empty in memory during the measurement: blocks go to the file one by one."""

    @classmethod
    def from_outside(cls, document: Any) -> Self:
        """Read it with texts made safe to show, except the arguments of its task, which may be measured again."""
        found = super().from_outside(document)
        subjects = [
            one.model_copy(update={"workload": _as_sent(one.workload, was["workload"])}) if one.workload else one
            for one, was in zip(found.subjects, document["subjects"], strict=True)
        ]
        return found.model_copy(
            update={"workload": _as_sent(found.workload, document["workload"]), "subjects": subjects}
        )

    @model_validator(mode="after")
    def _has_subjects_of_its_own_names(self) -> Self:
        refuse_twice(subject.label for subject in self.subjects)
        return self


def _as_sent(workload: Workload, document: dict[str, Any]) -> Workload:
    """Return the workload with its task's arguments as they stand in the document."""
    return workload.model_copy(update={name: document[name] for name in ("args", "kwargs") if name in document})


def read_result(path: Path, *, blocks: bool = True) -> Result:
    """Read a result from its file or its folder. Raises UsageError if it cannot be read or its version is unknown.

    A block that a killed run had only partly written is left out. With ``blocks=False``, blocks are not read, and the
    result contains only what is derived from them.
    """
    path = path / RESULT_FILE if os.path.isdir(path) else path
    try:
        document = _known(_document(file_text(path, MOST_BYTES), path), path)
    except Unreadable as error:
        raise UsageError(f"cannot read the result {path} ({error}): {_REMEDY}") from error
    return checked(Result, document if blocks else document | {"blocks": []}, str(path))


def _document(text: str, path: Path) -> Any:
    try:
        return json_value(text, RECORD_LEVELS)
    except Malformed as error:
        if (document := _killed_run(text)) is None:
            raise UsageError(f"{path} is not a complete JSON document ({error}): measure again") from error
        return document


def _killed_run(text: str) -> Any:
    """Parse the document of a run that was killed while it wrote the last line; None if it is not one."""
    try:
        document = json_value(text.rstrip().rpartition("\n")[0].rstrip(",") + "]}", RECORD_LEVELS)
    except Unreadable:
        return None
    return document if isinstance(document, dict) and document.get("status") == "running" else None


def _known(document: Any, path: Path) -> Any:
    """Refuse a document that is not a result, or whose version this code does not know."""
    if not isinstance(document, dict):
        raise UsageError(f"{path} is not a result: {_REMEDY}")
    known = Result.model_fields["version"].default
    if (version := document.get("version", known)) != known:
        found = shortened(str(version))
        raise UsageError(f"{path} has version {found}, not {known}: read it with the brokerbench that wrote it")
    return document


def schema() -> str:
    """Return the JSON schema of the written document, in the form of ``result.schema.json``."""
    return schema_of(Result, "A result of Brokerbench")


if __name__ == "__main__":  # python -m bench.records.result > bench/records/result.schema.json
    sys.stdout.write(schema())
