"""The expected outcome of a matrix of guarantees, as a TOML file describes it.

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
    """Turn a single outcome into a list."""
    return [value] if isinstance(value, str) else value


def _spanned(value: Any) -> Any:
    """Turn a number into a span from and to it, and ``some`` into one task or more."""
    if value == "some":
        return [1, MANY]
    return [value, value] if isinstance(value, int) else value


def _tabled(value: Any) -> Any:
    """Turn an outcome, or a list of them, into a table with nothing else."""
    return {"outcome": value} if isinstance(value, str | list) else value


Span = Annotated[tuple[Count, Count], BeforeValidator(_spanned)]
"""The least and the most, both allowed."""


class ExpectedCell(Record):
    """The expected outcome of one fault. A count holds for each attempt; without one, any number will do."""

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
            raise ValueError("no outcome is expected: name at least one")
        return self


class ExpectedSubject(Record):
    """The expected column of one subject."""

    server: str = ""
    """The server that it was measured on: its name and the first parts of its version, ``rabbitmq 3.10``."""
    faults: dict[str, Annotated[ExpectedCell, BeforeValidator(_tabled)]] = {}


class Expectations(Record):
    """The expected outcome of each subject under each fault."""

    version: Literal[1] = 1
    subjects: dict[str, ExpectedSubject]


def read_expectations(path: Path) -> Expectations:
    """Read a file of expectations. Raises UsageError if it cannot be read or has an unknown key."""
    return checked_toml(Expectations, path, "expectations", "use a file that 'guarantees --write-expectations' wrote")
