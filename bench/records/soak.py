"""A soak: what a worker and its server held while tasks came steadily for long, and what of it drifted.

Version 1: first.
"""

import os.path
import sys
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import model_validator

from bench.records.bounds import Count, Few, Name, Number, PositiveNumber, Rows, Seconds, When
from bench.records.matrix import UsersTask
from bench.records.provenance import Environment, Status, SubjectRecord, refuse_twice
from bench.records.run import schema_of
from bench.records.strict import Record, checked_json

__all__ = [
    "SOAK_FILE",
    "SOAK_HTML_FILE",
    "SOAK_MARKDOWN_FILE",
    "Drift",
    "QuantityName",
    "Reading",
    "Soak",
    "SoakOutcome",
    "SoakRun",
    "Verdict",
    "read_soak",
    "schema",
]

SOAK_FILE = "soak.json"
SOAK_MARKDOWN_FILE, SOAK_HTML_FILE = "soak.md", "soak.html"
"""The reports beside it."""

QuantityName = Literal[
    "prefetch",
    "held_tasks",
    "waiting_tasks",
    "main_bytes",
    "children_bytes",
    "files",
    "connections",
    "channels",
    "server_entries",
    "server_bytes",
    "tasks_per_s",
]
Verdict = Literal["drifts", "steady", "unclear"]
"""``unclear``: there were too few readings of it, or tasks that wait are in it."""
SoakOutcome = Literal["steady", "drifts", "broken", "unclear", "not run"]
"""``broken``: the ``durable`` tier lost an accepted task, or, in any tier, the worker stopped consuming.
``unclear``: nothing drifts, but the run was too short to judge anything, or more and more tasks waited."""


class Reading(Record):
    """What was held after that many finished tasks; None where it was not read, or cannot be."""

    at_s: Seconds
    """Since the first task."""
    tasks: Count
    reconnects: Count
    prefetch: Count | None = None
    """The prefetch count that the worker's channel uses."""
    held_tasks: Count | None = None
    """Taken by the worker, and not acknowledged."""
    waiting_tasks: Count | None = None
    """Accepted in earlier batches, and not finished."""
    main_bytes: Count | None = None
    children_bytes: Count | None = None
    """Resident memory of the worker's main process, and of its children together."""
    files: Count | None = None
    connections: Count | None = None
    channels: Count | None = None
    server_entries: Count | None = None
    """Keys or queues."""
    server_bytes: Count | None = None
    tasks_per_s: Number | None = None
    """Finished a second since the reading before."""
    other_cores: Number | None = None
    """The mean number of cores that other programs used since the reading before, or in the last second if that is
    longer; None if unknown."""

    def value(self, quantity: QuantityName) -> float | None:
        """Return what was read of a quantity."""
        found: float | None = getattr(self, quantity)
        return found


class Drift(Record):
    """How a quantity changed for each task or each reconnect, in the second half of the run, with a 99 % interval."""

    quantity: QuantityName
    verdict: Verdict
    first: Number | None = None
    last: Number | None = None
    """The medians at the beginning of the run and at its end."""
    per: Literal["task", "reconnect"] = "task"
    slope: Number | None = None
    low: Number | None = None
    high: Number | None = None


class SoakRun(Record):
    """One subject's run."""

    subject: Name
    outcome: SoakOutcome
    why: str = ""
    """Why it was not run, not to the end, or is broken."""
    capacity_per_s: PositiveNumber | None = None
    """The highest rate that a short calibration found sustained; None if it found none."""
    rate_per_s: PositiveNumber | None = None
    """At which tasks were sent."""
    duration_s: Seconds = 0.0
    accepted: Count = 0
    refused: Count = 0
    finished: Count = 0
    """Of the accepted tasks, at least once."""
    lost: Count = 0
    unfinished: Count = 0
    """Accepted and neither finished nor lost: the run was interrupted."""
    duplicated: Count = 0
    uninvited: Count = 0
    reconnects: Count = 0
    why_no_reconnects: str = ""
    fell_behind: bool = False
    """More and more tasks waited, so what the server holds is not judged: it includes them."""
    settings: dict[str, Any] = {}
    """Celery settings that differ from the subject's own."""
    readings: Rows[Reading] = []
    drifts: Few[Drift] = []

    @property
    def drifting(self) -> list[Drift]:
        """Return what drifts."""
        return [drift for drift in self.drifts if drift.verdict == "drifts"]


class Soak(Record):
    """The runs of all subjects, one after the other. Either ``asked_s`` or ``asked_tasks`` is how long each lasts."""

    version: Literal[1] = 1
    kind: Literal["soak"] = "soak"
    status: Status
    started_at: When
    duration_s: Seconds
    asked_s: Seconds | None = None
    asked_tasks: Count | None = None
    environment: Environment
    users_task: UsersTask | None = None
    """None: the project's own task ``noop`` was run."""
    subjects: Few[SubjectRecord]
    runs: Few[SoakRun]
    warnings: Few[str] = []

    @model_validator(mode="after")
    def _has_everything_once(self) -> Self:
        refuse_twice(subject.label for subject in self.subjects)
        refuse_twice(run.subject for run in self.runs)
        return self


def read_soak(path: Path) -> Soak:
    """Read a soak from its file or the folder that contains it. Raises UsageError if it is not one."""
    path = path / SOAK_FILE if os.path.isdir(path) else path
    return checked_json(Soak, path, "a soak", "use a file or folder that 'guarantees --soak' wrote")


def schema() -> str:
    """Return the JSON schema of the written document, in the form of ``soak.schema.json``."""
    return schema_of(Soak, "A soak by Brokerbench")


if __name__ == "__main__":  # python -m bench.records.soak > bench/records/soak.schema.json
    sys.stdout.write(schema())
