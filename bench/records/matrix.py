"""The matrix of guarantees: what each subject lost, repeated and delayed under each fault.

Version 1: first.
"""

import json
import os.path
import sys
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import model_validator

from bench.records.bounds import Count, Few, Many, Name, Number, PositiveCount, Rows, Seconds, When
from bench.records.provenance import Environment, Status, SubjectRecord, refuse_twice
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
    "UsersTask",
    "read_matrix",
    "schema",
]

MATRIX_FILE = "guarantees.json"
MARKDOWN_FILE, HTML_FILE = "guarantees.md", "guarantees.html"
"""The reports beside it."""

Group = Literal["worker", "server", "network", "producer", "semantics"]
Breaks = Literal["nothing", "worker", "relay", "server"]
Outcome = Literal["kept", "allowed", "broken", "shown", "not run"]
"""``kept``: no promise of the tier was broken. ``allowed``: tasks were lost, and the tier allows it. ``shown``:
nobody promises anything here."""


class Moment(Record):
    """Something that happened, ``at_s`` after the attempt began: to a task, or, without one, done by the harness."""

    at_s: Number
    what: str
    task: Count | None = None
    """Its place among the tasks of the attempt, from 0."""
    process: str = ""
    """``sender``, ``worker 1``, ``worker 1, child 2``."""


class AttemptRecord(Record):
    """One attempt of a fault. Tasks are named by their place among those of the attempt, from 0."""

    outcome: Outcome
    finding: str
    """What happened, in words."""
    sent: Count
    """Accepted by ``apply_async``."""
    refused: Count
    unanswered: Count
    """``apply_async`` neither returned nor raised."""
    finished: Count
    lost: Many[Count]
    duplicated: Many[Count]
    uninvited: Many[Count]
    """Ran although the caller was not told that they were accepted."""
    limited: Many[Count] = []
    """Ended by a limit of the user's own, by a worker's record: a time limit, or a time to expire."""
    unknown: Many[Count] = []
    """Not finished, and expired at the broker, which keeps no record: so whether they were lost is not known."""
    late: Many[Count]
    """Open at the fault, and started later after the fault's end than a redelivery takes."""
    back_s: Seconds | None = None
    """From the fault to the last start of a task that was open at that time."""
    recovered_s: Seconds | None = None
    """From the end of the fault until the worker started a task that was sent after it."""
    stopped: bool = False
    """The worker did not consume again within the given time."""
    figures: dict[str, Number] = {}
    moments: Many[Moment] = []


class Cell(Record):
    """One fault on one subject, attempted that many times."""

    subject: Name
    fault: Name
    outcome: Outcome
    why: str = ""
    """Why it was not run, or not to the end."""
    attempts: Few[AttemptRecord] = []
    settings: dict[str, Any] = {}
    """Celery settings that differ from the subject's own, most of them to shorten a wait."""
    by_default: str = ""
    """What the waits would be without these settings."""
    redelivery_s: Seconds = 0.0
    """The longest that a redelivery should take with these settings."""
    duration_s: Seconds = 0.0

    @model_validator(mode="after")
    def _was_attempted(self) -> Self:
        if self.outcome != "not run" and not self.attempts:
            raise ValueError(f"{self.outcome!r} without an attempt: only a cell that was not run has none")
        return self


class FaultRecord(Record):
    """What a fault is."""

    name: Name
    group: Group
    title: str
    about: str
    breaks: Breaks
    promised: bool


class UsersTask(Record):
    """The task of a user's own app that was run instead of the project's ``noop``."""

    app: str
    task: str
    args: list[Any]
    kwargs: dict[str, Any] = {}
    include: Few[str] = []
    dry: bool
    """Whether the bodies of the app's tasks did nothing."""

    @classmethod
    def of(cls, workload: Workload) -> Self | None:
        """Return the task that a workload names; None if it is the project's own."""
        if not workload.is_users:
            return None
        return cls(
            app=workload.app,
            task=workload.task,
            args=safe_values(workload.args),
            kwargs=safe_values(workload.kwargs),
            include=workload.include,
            dry=workload.dry,
        )


class Matrix(Record):
    """A complete matrix, or the part that exists so far."""

    version: Literal[1] = 1
    status: Status
    started_at: When
    duration_s: Seconds
    repeats: PositiveCount
    environment: Environment
    users_task: UsersTask | None = None
    """None: the project's own tasks were run."""
    subjects: Few[SubjectRecord]
    faults: Few[FaultRecord]
    cells: Rows[Cell]
    warnings: Few[str] = []

    @model_validator(mode="after")
    def _has_everything_once(self) -> Self:
        refuse_twice(subject.label for subject in self.subjects)
        refuse_twice(fault.name for fault in self.faults)
        refuse_twice(f"{cell.subject}, {cell.fault}" for cell in self.cells)
        subjects, faults = {subject.label for subject in self.subjects}, {fault.name for fault in self.faults}
        for cell in self.cells:
            if cell.subject not in subjects or cell.fault not in faults:
                raise ValueError(
                    f"a cell names {cell.fault!r} on {cell.subject!r}, but there is no such fault or subject"
                )
        return self

    def cell(self, subject: str, fault: str) -> Cell | None:
        """Return a cell, if it has been run."""
        return next((cell for cell in self.cells if (cell.subject, cell.fault) == (subject, fault)), None)


def read_matrix(path: Path) -> Matrix:
    """Read a matrix from its file or the folder that contains it. Raises UsageError if it is not one."""
    path = path / MATRIX_FILE if os.path.isdir(path) else path
    return checked_json(Matrix, path, "a matrix of guarantees", "use a file or folder that 'guarantees' wrote")


def schema() -> str:
    """Return the JSON schema of the written document, in the form of ``matrix.schema.json``."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A matrix of guarantees of Brokerbench"}
    fields = Matrix.model_json_schema(mode="serialization")
    return json.dumps(head | {name: value for name, value in fields.items() if name not in head}, indent=2) + "\n"


if __name__ == "__main__":  # python -m bench.records.matrix > bench/records/matrix.schema.json
    sys.stdout.write(schema())
