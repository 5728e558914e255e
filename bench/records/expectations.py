"""What a matrix of guarantees is expected to be, as a TOML file says it.

version = 1

[subjects."rabbitmq:durable"]
server = "rabbitmq 3.10"

[subjects."rabbitmq:durable".faults]
worker-killed-late = "kept"
server-killed = { outcome = ["kept", "allowed"], lost = [0, 3], duplicated = "some", recovered_within_s = 20 }
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from bench.records.bounds import Count, Few, Seconds
from bench.records.matrix import Outcome
from bench.records.strict import Record, checked_toml

__all__ = ["MANY", "Expectations", "ExpectedCell", "ExpectedSubject", "Span", "read_expectations"]

MANY = 1_000_000
"""More tasks than any fault has."""


def _listed(value: Any) -> Any:
    """Let one outcome stand for a list of one."""
    return [value] if isinstance(value, str) else value


def _spanned(value: Any) -> Any:
    """Let one number stand for a span from and to it, and ``some`` for one task or more."""
    if value == "some":
        return [1, MANY]
    return [value, value] if isinstance(value, int) else value


def _tabled(value: Any) -> Any:
    """Let an outcome, or a list of them, stand for a table that has nothing else."""
    return {"outcome": value} if isinstance(value, str | list) else value


Span = Annotated[tuple[Count, Count], BeforeValidator(_spanned)]
"""The least and the most, both allowed."""


class ExpectedCell(Record):
    """What one fault is expected to come to. A count holds for each attempt; without one, any will do."""

    outcome: Annotated[Few[Outcome], BeforeValidator(_listed)]
    """One of these."""
    lost: Span | None = None
    duplicated: Span | None = None
    stopped: bool | None = None
    """Whether the worker stops consuming: in every attempt, or in none."""
    back_within_s: Seconds | None = None
    """The longest time from the fault until what was open starts again, in every attempt that has such a start."""
    recovered_within_s: Seconds | None = None
    """The longest time from the fault's end until the worker consumes again, in every attempt."""

    @model_validator(mode="after")
    def _has_outcomes(self) -> "ExpectedCell":
        if not self.outcome:
            raise ValueError("no outcome is expected: name one")
        return self


class ExpectedSubject(Record):
    """What one subject's column is expected to be."""

    server: str = ""
    """The server that this is of: its name and the first parts of its version, ``rabbitmq 3.10``."""
    faults: dict[str, Annotated[ExpectedCell, BeforeValidator(_tabled)]] = {}


class Expectations(Record):
    """What is expected of each subject under each fault."""

    version: Literal[1] = 1
    subjects: dict[str, ExpectedSubject]


def read_expectations(path: Path) -> Expectations:
    """Read a file of expectations. Raises UsageError when it cannot be read or has a key that is none."""
    return checked_toml(Expectations, path, "expectations", "give a file that 'guarantees --write-expectations' wrote")
