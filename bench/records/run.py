"""What every document about a run of the engine begins with, and the JSON schema of a document."""

import json

from bench.records.bounds import Few, Margin, Seconds, Seed, When
from bench.records.provenance import Environment, Status
from bench.records.strict import Record
from bench.records.workload import Workload

__all__ = ["RunRecord", "schema_of"]


class RunRecord(Record):
    """A run: when, for how long, with what and where. Its kinds have their own version history."""

    version: int
    kind: str
    status: Status
    started_at: When
    duration_s: Seconds
    budget_s: Seconds
    seed: Seed
    margin: Margin
    """Ratios between ``1 / (1 + margin)`` and ``1 + margin`` count as equal."""
    workload: Workload
    environment: Environment
    warnings: Few[str] = []


def schema_of(kind: type[Record], title: str) -> str:
    """Return the JSON schema of a written document, in the form in which it ships."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    fields = kind.model_json_schema(mode="serialization")
    return json.dumps(head | {name: value for name, value in fields.items() if name not in head}, indent=2) + "\n"
