"""A result: the immutable record of one measurement, with where and how it was made.

Version history of the document:

1   first version.
2   blocks name the generation of processes that they were measured in; ratios have a verdict; p99.9.

Durations are integers in nanoseconds. Blocks hold the raw samples; ``summary`` is derived from them and may be
made anew. Samples of a turn's warm-up are kept apart and are part of no figure.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import NonNegativeInt, PositiveInt

from bench.records.strict import Record, checked
from bench.records.workload import Workload
from bench.stats.verdicts import Verdict
from brokers.errors import UsageError
from brokers.protocol import Tier

__all__ = [
    "Block",
    "Counts",
    "DrainTurn",
    "EnqueueTurn",
    "Environment",
    "Estimate",
    "Metric",
    "Ratio",
    "Result",
    "Row",
    "ServerRecord",
    "SubjectRecord",
    "read_result",
    "schema",
]

Metric = Literal["enqueue", "throughput"]
Status = Literal["running", "finished", "interrupted"]


class Environment(Record):
    """The machine and the harness, as they were when the measurement started."""

    cpu_model: str
    cores: PositiveInt
    cores_allowed: PositiveInt
    memory_bytes: PositiveInt
    system: str
    kernel: str
    python: str
    brokerbench: str
    git_commit: str | None
    load_1min: float | None
    subject_cores: list[int]
    """Where subjects are pinned; empty when they are not."""
    server_cores: list[int]
    """Where private servers and the harness are pinned; empty when they are not."""
    lost_here: list[str]
    """What this platform cannot do, and what that costs, a sentence each."""


class ServerRecord(Record):
    """The server that a subject used."""

    software: str
    version: str
    private: bool
    emulator: bool
    settings: dict[str, str]


class Counts(Record):
    """What happened to the tasks of the drains, by the workers' own record."""

    sent: NonNegativeInt = 0
    started: NonNegativeInt = 0
    finished: NonNegativeInt = 0
    duplicated: NonNegativeInt = 0
    """Tasks that started more than once."""

    def __add__(self, other: "Counts") -> "Counts":
        """Count the tasks of both."""
        return Counts(
            sent=self.sent + other.sent,
            started=self.started + other.started,
            finished=self.finished + other.finished,
            duplicated=self.duplicated + other.duplicated,
        )


class SubjectRecord(Record):
    """What was measured: broker, profile, interpreter, libraries and effective settings."""

    label: str
    broker: str
    profile: str
    tier: Tier
    server: ServerRecord | None = None
    python: str | None = None
    versions: dict[str, str] = {}
    settings: dict[str, Any] = {}
    """Effective Celery settings; ``broker_transport_options`` is one of them."""
    counts: Counts = Counts()
    calls: NonNegativeInt = 0
    """Calls of ``apply_async`` that were timed, warm-up included."""
    failure: str | None = None
    """Why it was not measured, or not to the end."""
    not_measured: dict[Metric, str] = {}
    """Metrics that its broker cannot have, and why."""

    def why_not(self, metric: Metric) -> str | None:
        """Say why a metric was not measured, or not to the end; None where all went well."""
        return self.failure or self.not_measured.get(metric)


class EnqueueTurn(Record):
    """One subject's calls of one block."""

    subject: str
    warmup_ns: list[int]
    samples_ns: list[int]


class DrainTurn(Record):
    """One subject's drain of one block: ``tasks`` finished in ``duration_ns``.

    Both count from the end of the ``warmup_tasks``-th task, because so many may have lain in the worker
    before it was let go. ``span_ns`` is from the first start to the last end of all of them.
    """

    subject: str
    warmup_tasks: NonNegativeInt
    tasks: PositiveInt
    duration_ns: PositiveInt
    span_ns: PositiveInt


class Block(Record):
    """Every subject at most once, in the order in which they had their turns."""

    number: NonNegativeInt
    generation: NonNegativeInt = 0
    """Blocks of one generation were measured in the same processes; those of the next one in fresh ones."""
    metric: Metric
    warmup: bool
    """A block before the measurement proper: kept, marked, and part of no figure."""
    turns: list[EnqueueTurn | DrainTurn]


class Estimate(Record):
    """A figure and its 95 % interval; None where there were too few samples for it."""

    value: float
    low: float | None = None
    high: float | None = None


class Ratio(Record):
    """A subject's figure over the first subject's of its tier, paired by block, with its 95 % interval.

    ``detectable`` is the smallest relative difference that this run could have seen: with it, 80 of 100 such
    runs would tell the two apart. ``verdict`` is what the ratio means, by the result's margin and over all its ratios.
    """

    to: str
    value: float
    low: float | None = None
    high: float | None = None
    detectable: float | None = None
    blocks: PositiveInt
    generations: PositiveInt = 1
    verdict: Verdict = "inconclusive"


class Row(Record):
    """The figures of one subject in one metric.

    ``enqueue``: median, p95, p99 and p99.9 of the call in nanoseconds, and ``per_second`` calls. ``throughput``:
    ``per_second`` tasks. A ratio compares medians (of calls) or rates (of tasks).
    """

    subject: str
    tier: Tier
    metric: Metric
    blocks: NonNegativeInt
    samples: NonNegativeInt
    per_second: Estimate | None = None
    median_ns: Estimate | None = None
    p95_ns: Estimate | None = None
    p99_ns: Estimate | None = None
    p999_ns: Estimate | None = None
    ratio: Ratio | None = None


class Result(Record):
    """One comparison."""

    version: Literal[2] = 2
    kind: Literal["compare"] = "compare"
    status: Status
    started_at: datetime
    duration_s: float
    budget_s: float
    seed: int
    margin: float
    """Ratios between ``1 / (1 + margin)`` and ``1 + margin`` count as equal."""
    metrics: list[Metric]
    workload: Workload
    environment: Environment
    subjects: list[SubjectRecord]
    warnings: list[str] = []
    summary: list[Row] = []
    blocks: list[Block] = []


def read_result(path: Path) -> Result:
    """Read a result's file. Raises UsageError when it cannot be read or is no result of a known version.

    A block that a killed run had written in part is left out: the run was killed before its end.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot read the result {path}: {reason}") from error
    return checked(Result, _known(_document(text, path), path), str(path))


def _document(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        if (document := _killed_run(text)) is None:
            raise UsageError(f"{path} is not a whole JSON document ({error}): measure again") from error
        return document


def _killed_run(text: str) -> Any:
    """Read the document of a run that was killed while it wrote the last line; None if it is none."""
    try:
        document = json.loads(text.rstrip().rpartition("\n")[0].rstrip(",") + "]}")
    except ValueError:
        return None
    return document if document.get("status") == "running" else None


def _known(document: Any, path: Path) -> Any:
    """Refuse what is no result, or one of a version that this code does not know."""
    if not isinstance(document, dict):
        raise UsageError(f"{path} is no result: give the result.json that 'brokerbench compare' left")
    known = Result.model_fields["version"].default
    if document.get("version", known) != known:
        raise UsageError(
            f"{path} is of version {document['version']}, known is {known}: read it with the brokerbench that made it"
        )
    return document


def schema() -> str:
    """Give the JSON schema of the document as it is written, in the form in which ``result.schema.json`` ships it."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A result of Brokerbench"}
    fields = Result.model_json_schema(mode="serialization")
    return json.dumps(head | {name: value for name, value in fields.items() if name not in head}, indent=2) + "\n"


if __name__ == "__main__":  # python -m bench.records.result > bench/records/result.schema.json
    sys.stdout.write(schema())
