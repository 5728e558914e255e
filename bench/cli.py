"""The command ``brokerbench``: it lists its subcommands and imports each only when it runs.

Exit codes: 0 done; 1 broken promise, unmet expectation, or regression; 2 wrong usage; 3 something requested could not
be measured or compared, or is not certain; 70 a bug in this program; 130 interrupted.
"""

import os
from importlib import import_module

import click

from bench.commands.loading import loading

__all__ = ["cli"]

_SHORT_HELP = {
    "ab": "Compare two sides of one subject in one run.",
    "bisect": "Find where releases of a package get worse.",
    "compare": "Measure subjects side by side.",
    "doctor": "Show what can be measured here, and what is missing.",
    "export": "Write a result's figures for another tool.",
    "gate": "Check whether a result regressed since a baseline.",
    "guarantees": "Break brokers and workers, and count what is lost.",
    "history": "Show figures over time, and where they changed.",
    "releases": "Measure the releases of a package, and find changes.",
    "report": "Show results again, and write their reports.",
    "schema": "Print the JSON schema of a command's --json.",
    "selfcheck": "Measure what this machine can tell apart.",
    "tune": "Find the settings that suit a task, and confirm them.",
    "up": "Start private servers until Ctrl-C.",
    "workloads": "List the workloads that come with the package.",
}
"""Each command's summary for ``--help``: importing them all would take a second."""


class _Commands(click.Group):
    """A group that imports each command from the module of the same name in ``bench.commands``."""

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in self.commands:
            return None
        with loading(name):
            command: click.Command = getattr(import_module(f"bench.commands.{name}"), name)
        return command

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.short_help or "") for name, command in self.commands.items()])


@click.group(
    cls=_Commands,
    commands=[click.Command(name, short_help=text) for name, text in _SHORT_HELP.items()],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="brokerbench")
def cli() -> None:
    """Run one Celery task module on several brokers, and show what each costs and loses."""
    from brokers.proxies import bypass_proxies_on_loopback

    bypass_proxies_on_loopback(os.environ)
