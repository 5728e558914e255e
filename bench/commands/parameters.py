"""The parameter types of the commands: each value is read once, and an error is one line."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from bench.engine.schedule import budget_s, duration_ns
from bench.guarantees.soak.length import soak_length
from bench.records.margin import share
from bench.records.workload import load_workload
from brokers.errors import UsageError
from brokers.registry import split_subject

__all__ = ["BUDGET_S", "DURATION_NS", "FILE", "MARGIN", "PATH", "REGRESSION", "SOAK_LENGTH", "SUBJECT", "WORKLOAD"]


class _Read(click.ParamType):  # type: ignore[type-arg]  # it is generic only in new releases of click
    """A parameter type with a function that reads the value, or raises ValueError."""

    def __init__(self, name: str, read: Callable[[str], Any], refusal: type[click.ClickException] = UsageError) -> None:
        self.name = name
        self._read = read
        self._refusal = refusal

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a string; any other value has been read already."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            raise self._refusal(str(error)) from error


BUDGET_S = _Read("budget", budget_s)
DURATION_NS = _Read("duration", duration_ns)
MARGIN = _Read("margin", share)
REGRESSION = _Read("limit", partial(share, what="limit"), click.BadParameter)
SOAK_LENGTH = _Read("soak length", soak_length)
SUBJECT = _Read("subject", split_subject)
"""A broker and its profile."""
WORKLOAD = _Read("workload", load_workload)
PATH = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)
