"""The parameter types of the commands: each value is read once, and an error is one line."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from bench.engine.schedule import budget_s
from bench.guarantees.soak.length import soak_length
from bench.processes.subject import read_subject
from bench.records.margin import share
from bench.records.quantities import duration_ns
from bench.records.workload import catalogue, load_workload
from brokers.errors import UsageError
from brokers.registry import find_broker, installed_brokers, split_subject

__all__ = [
    "BUDGET_S",
    "DURATION_NS",
    "FILE",
    "MARGIN",
    "PATH",
    "REGRESSION",
    "SOAK_LENGTH",
    "SUBJECT",
    "SUBJECT_AT",
    "WORKLOAD",
    "checked_text",
]


_DISTANCES = ("0.3ms", "1ms", "3ms", "10ms", "30ms")  # those of the workload that sweeps it


class _Read(click.ParamType):  # type: ignore[type-arg]  # it is generic only in new releases of click
    """A parameter type with a function that reads the value, or raises ValueError."""

    def __init__(
        self,
        name: str,
        read: Callable[[str], Any],
        refusal: type[click.ClickException] = UsageError,
        known: Callable[[str], Iterable[str]] = lambda _: (),
        files: bool = False,
    ) -> None:
        """``known`` returns what a shell may offer for a beginning, ``files`` whether it offers files if none fits."""
        self.name = name
        self._read = read
        self._refusal = refusal
        self._known = known
        self._files = [CompletionItem("", type="file")] if files else []

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a string; any other value has been read already."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            raise self._refusal(str(error)) from error

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the known values that begin with what was typed."""
        return [
            CompletionItem(value) for value in self._known(incomplete) if value.startswith(incomplete)
        ] or self._files


def _subjects(_: str = "") -> Iterable[str]:
    for broker in map(find_broker, installed_brokers()):
        yield from (broker.name if name == "default" else f"{broker.name}:{name}" for name in broker.profiles)


def _subjects_at(beginning: str) -> Iterable[str]:
    """Return subjects; with some distances, once there is an ``@``."""
    name, at, _ = beginning.partition("@")
    if not at:
        return _subjects()
    return [f"{name}@{distance}" for distance in _DISTANCES] if name in _subjects() else []


def checked_text(name: str, read: Callable[[str], object]) -> _Read:
    """Return a type whose values stay as they were written, once ``read`` has not raised ValueError."""

    def same(text: str) -> str:
        read(text)
        return text

    return _Read(name, same)


BUDGET_S = _Read("budget", budget_s)
DURATION_NS = _Read("duration", duration_ns)
MARGIN = _Read("margin", share)
REGRESSION = _Read("limit", partial(share, what="limit"), click.BadParameter)
SOAK_LENGTH = _Read("soak length", soak_length)
SUBJECT = _Read("subject", split_subject, known=_subjects)
"""A broker and its profile."""
SUBJECT_AT = _Read("subject", read_subject, known=_subjects_at)
"""A broker, its profile and its distance."""
WORKLOAD = _Read("workload", load_workload, known=lambda _: catalogue(), files=True)
PATH = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)
