"""The options for a user's own app, which replaces the project's tasks."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from bench.commands.announcing import server_option
from bench.commands.grouping import grouped
from bench.processes.subject import Subject
from bench.records.strict import checked
from bench.records.workload import Workload
from brokers.documents import json_value
from brokers.errors import UsageError
from brokers.outside import safe_line
from brokers.secrets import keep_paths

__all__ = ["OFTEN", "AppOptions", "app_options", "interpreter_at", "python_option"]

OFTEN = "thousands of times"
"""How often a measurement runs the task of an app."""


@dataclass(frozen=True, kw_only=True)
class AppOptions:
    """The options as the user gave them; ``python`` is the interpreter of the app's environment."""

    app: str | None
    task: str | None
    args: str | None
    kwargs: str | None
    include: tuple[str, ...]
    app_dir: Path | None
    python: str | None
    dry: bool
    traceback: bool
    servers: tuple[str, ...] = ()

    def over(self, workload: Workload, often: str = OFTEN) -> Workload:
        """Return the workload with the user's app in it, and warn how ``often`` its task runs, unless that is empty.

        Raises UsageError when the options contradict each other.
        """
        _ = self.interpreter  # fail before a server boots
        if not self.app:
            if named := [f"--{name}".replace("_", "-") for name in _OF_APP if getattr(self, name)]:
                raise UsageError(f"{named[0]} needs your own app: add --app")
            return workload
        if not self.task:
            raise UsageError("--app needs a task to send: name one with --task, for example proj.tasks.add")
        if "payload_bytes" in workload.sweep and self.args:
            raise UsageError(f"the workload {workload.name!r} varies payload_bytes, which replaces --args: remove one")
        keep_paths(" ".join((self.app, self.task, *self.include)))
        own = {
            "app": self.app,
            "app_dir": str((self.app_dir or Path()).resolve()),
            "task": self.task,
            "include": list(self.include),
            "args": _arguments(self.args),
            "kwargs": _keywords(self.kwargs),
            "payload_bytes": 0,
            "dry": self.dry,
        }
        changed = checked(Workload, workload.model_dump() | own, "--app")
        if often and not self.dry:
            click.echo(f"! {safe_line(self.task)} really runs, {often}, with its side effects: see --dry", err=True)
        return changed

    @property
    def interpreter(self) -> str | None:
        """Return the absolute path of the interpreter, if one was named. Raises UsageError if it is not a program."""
        return interpreter_at(self.python)

    def on(self, subject: Subject) -> Subject:
        """Return the subject with the app's interpreter, and with tracebacks in its errors if they were asked for."""
        return replace(subject, interpreter=self.interpreter or subject.interpreter, traceback=self.traceback)


def interpreter_at(python: str | None, option: str = "--python") -> str | None:
    """Return the absolute path of the interpreter, if an option named one. Raises UsageError if it is not a program."""
    if python is None:
        return None
    if found := shutil.which(os.path.expanduser(python)):
        return os.path.abspath(found)
    inside = f"{python}/bin/python" if os.path.isdir(python) else "for example .venv/bin/python"
    raise UsageError(safe_line(f"{option} {python} is not a program: use the interpreter itself, {inside}"))


python_option = click.option(
    "--python", metavar="PATH", help="The interpreter of the app's environment.  [default: this one]"
)
_OF_APP = ("task", "args", "kwargs", "include", "app_dir", "dry", "traceback")
app_options = grouped(
    "own",
    AppOptions,
    (
        click.option(
            "--app",
            metavar="MODULE[:ATTRIBUTE]",
            help="Your own Celery app, as for 'celery -A', instead of the project's tasks.",
        ),
        click.option("--task", metavar="NAME", help="The registered name of the app's task to send."),
        click.option("--args", "args", metavar="JSON", help="The task's arguments as a list: '[2, 2]'."),
        click.option("--kwargs", metavar="JSON", help="The task's keyword arguments as an object: '{\"x\": 2}'."),
        click.option("--include", metavar="MODULE", multiple=True, help="A module with more tasks; repeatable."),
        click.option(
            "--app-dir",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="The folder to import the app from.  [default: here]",
        ),
        python_option,
        server_option(),
        click.option("--dry", is_flag=True, help="Empty the bodies of the app's tasks: no side effects."),
        click.option("--traceback", is_flag=True, help="If the app fails, print the end of its log with every frame."),
    ),
)


def _arguments(text: str | None) -> list[Any]:
    found: list[Any] = _read(text, "--args", list, "a list", "'[2, 2]'")
    return found


def _keywords(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = _read(text, "--kwargs", dict, "an object", """'{"x": 2}'""")
    return found


def _read(text: str | None, option: str, kind: type[Any], what: str, example: str) -> Any:
    """Return the option's JSON value, which is of that kind; an empty one without the option."""
    if text is None:
        return kind()
    try:
        found = json_value(text)
    except ValueError as error:
        raise UsageError(f"{option} is not JSON ({error}); use {what}, for example {example}") from error
    if not isinstance(found, kind):
        raise UsageError(f"{option} is not {what}; use for example {example}")
    return found
