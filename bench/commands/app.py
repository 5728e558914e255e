"""The options for a user's own app, which replaces the project's tasks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench.commands.announcing import server_option
from bench.commands.grouping import grouped
from bench.records.strict import checked
from bench.records.workload import Workload
from brokers.documents import json_value
from brokers.errors import UsageError
from brokers.outside import safe_line

__all__ = ["AppOptions", "app_options"]


@dataclass(frozen=True, kw_only=True)
class AppOptions:
    """The options as the user gave them; ``python`` is the interpreter of the app's environment."""

    app: str | None
    task: str | None
    args: str | None
    app_dir: Path | None
    python: str | None
    dry: bool
    servers: tuple[str, ...] = ()

    def over(self, workload: Workload, often: str = "thousands of times") -> Workload:
        """Return the workload with the user's app in it, and warn that its task really runs, and how ``often``.

        Raises UsageError when the options contradict each other.
        """
        if not self.app:
            if named := [f"--{name}".replace("_", "-") for name in _OF_APP if getattr(self, name)]:
                raise UsageError(f"{named[0]} needs your own app: add --app")
            return workload
        if not self.task:
            raise UsageError("--app needs a task to send: name one with --task, for example proj.tasks.add")
        if not self.dry:
            click.echo(f"! {safe_line(self.task)} really runs, {often}, with its side effects: see --dry", err=True)
        own = {
            "app": self.app,
            "app_dir": str((self.app_dir or Path()).resolve()),
            "task": self.task,
            "args": _arguments(self.args),
            "kwargs": {},
            "payload_bytes": 0,
            "dry": self.dry,
        }
        return checked(Workload, workload.model_dump() | own, "--app")


_OF_APP = ("task", "args", "app_dir", "dry")
app_options = grouped(
    "own",
    AppOptions,
    (
        click.option("--app", metavar="MODULE:ATTRIBUTE", help="Your own Celery app, instead of the project's tasks."),
        click.option("--task", metavar="NAME", help="The registered name of the app's task to send."),
        click.option("--args", "args", metavar="JSON", help="The task's arguments as a list: '[2, 2]'."),
        click.option(
            "--app-dir",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="The folder to import the app from.  [default: here]",
        ),
        click.option("--python", metavar="PATH", help="The interpreter of the app's environment.  [default: this one]"),
        server_option(),
        click.option("--dry", is_flag=True, help="Empty the bodies of the app's tasks: no side effects."),
    ),
)


def _arguments(text: str | None) -> list[Any]:
    if text is None:
        return []
    try:
        found = json_value(text)
    except ValueError as error:
        raise UsageError(f"--args is not JSON ({error}); use a list, for example '[2, 2]'") from error
    if not isinstance(found, list):
        raise UsageError("--args is not a list; use for example '[2, 2]'")
    return found
