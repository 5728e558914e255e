"""The matrix of guarantees: what each subject lost, repeated and delayed under each fault.

Version 1: first.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from bench.records.provenance import Environment, SubjectRecord
from bench.records.strict import Record, checked_json
from bench.records.workload import Workload
from brokers.outside import safe_values

__all__ = [
    "HTML_FILE",
    "MARKDOWN_FILE",
    "MATRIX_FILE",
    "AttemptRecord",
    "Breaks",
    "Cell",
    "FaultRecord",
    "Group",
    "Matrix",
    "Moment",
    "Outcome",
    "Status",
    "UsersTask",
    "read_matrix",
    "schema",
]

MATRIX_FILE = "guarantees.json"
MARKDOWN_FILE, HTML_FILE = "guarantees.md", "guarantees.html"
"""The reports beside it."""

Group = Literal["worker", "server", "network", "producer", "semantics"]
Breaks = Literal["nothing", "worker", "relay", "server"]
Status = Literal["running", "finished", "interrupted"]
Outcome = Literal["kept", "allowed", "broken", "shown", "not run"]
"""``kept``: nothing that the tier promises was broken. ``allowed``: tasks were lost, and the tier allows it. ``shown``:
nobody promises anything here."""


class Moment(Record):
    """Something that happened, ``at_s`` after the attempt began: to a task, or, without one, by the harness's hand."""

    at_s: float
    what: str
    task: NonNegativeInt | None = None
    """Its place among the tasks of the attempt, from 0."""
    process: str = ""
    """``sender``, ``worker 1``, ``worker 1, child 2``."""


class AttemptRecord(Record):
    """One time that a fault was played. Tasks are named by their place among those of the attempt, from 0."""

    outcome: Outcome
    finding: str
    """What happened, in words."""
    sent: NonNegativeInt
    """Accepted by ``apply_async``."""
    refused: NonNegativeInt
    unanswered: NonNegativeInt
    """``apply_async`` neither returned nor raised."""
    finished: NonNegativeInt
    lost: list[NonNegativeInt]
    duplicated: list[NonNegativeInt]
    uninvited: list[NonNegativeInt]
    """Ran although their caller was not told that they were accepted."""
    late: list[NonNegativeInt]
    """Open at the fault, and started later than a redelivery takes after the fault was over."""
    back_s: NonNegativeFloat | None = None
    """From the fault to the last start of a task that was open at that time."""
    recovered_s: NonNegativeFloat | None = None
    """From the end of the fault until the worker started a task that was sent after it."""
    stopped: bool = False
    """The worker did not consume again in the time that it was given."""
    figures: dict[str, float] = {}
    moments: list[Moment] = []


class Cell(Record):
    """One fault, played on one subject so many times."""

    subject: str
    fault: str
    outcome: Outcome
    why: str = ""
    """Why it was not run, or not to the end."""
    attempts: list[AttemptRecord] = []
    settings: dict[str, Any] = {}
    """Celery settings that differ from the subject's own, most of them to shorten a wait."""
    by_default: str = ""
    """What the waits would be without them."""
    redelivery_s: NonNegativeFloat = 0.0
    """The longest that a redelivery should take with these settings."""
    duration_s: NonNegativeFloat = 0.0


class FaultRecord(Record):
    """What a fault is."""

    name: str
    group: Group
    title: str
    about: str
    breaks: Breaks
    promised: bool


class UsersTask(Record):
    """The task of a user's own app that was played in the place of the project's ``noop``."""

    app: str
    task: str
    args: list[Any]
    dry: bool
    """Whether the bodies of the app's tasks did nothing."""

    @classmethod
    def of(cls, workload: Workload) -> Self | None:
        """Give the task that a workload names; None where it is the project's own."""
        if not workload.is_users:
            return None
        return cls(app=workload.app, task=workload.task, args=safe_values(workload.args), dry=workload.dry)


class Matrix(Record):
    """A whole matrix, or what there is of it so far."""

    version: Literal[1] = 1
    status: Status
    started_at: datetime
    duration_s: NonNegativeFloat
    repeats: PositiveInt
    environment: Environment
    users_task: UsersTask | None = None
    """None: the project's own tasks were played."""
    subjects: list[SubjectRecord]
    faults: list[FaultRecord]
    cells: list[Cell]
    warnings: list[str] = []

    def cell(self, subject: str, fault: str) -> Cell | None:
        """Give a cell, if it was played already."""
        return next((cell for cell in self.cells if (cell.subject, cell.fault) == (subject, fault)), None)


def read_matrix(path: Path) -> Matrix:
    """Read a matrix from its file or the folder that has it. Raises UsageError when that is none."""
    path = path / MATRIX_FILE if path.is_dir() else path
    return checked_json(Matrix, path, "a matrix of guarantees", "give a file or folder that 'guarantees' wrote")


def schema() -> str:
    """Give the JSON schema of the document as it is written, in the form in which ``matrix.schema.json`` ships it."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A matrix of guarantees of Brokerbench"}
    fields = Matrix.model_json_schema(mode="serialization")
    return json.dumps(head | {name: value for name, value in fields.items() if name not in head}, indent=2) + "\n"


if __name__ == "__main__":  # python -m bench.records.matrix > bench/records/matrix.schema.json
    sys.stdout.write(schema())
