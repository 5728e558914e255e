"""The command ``brokerbench doctor``: shows what can be measured here."""

import click
from rich.console import Console

from bench.commands.documents import json_option, print_document
from bench.commands.exit_codes import DONE, NOT_MEASURED
from bench.engine.checkup import check_up
from bench.report.checkup import print_checkup
from brokers.documents import shortened
from brokers.errors import UsageError
from brokers.registry import installed_brokers

__all__ = ["doctor"]


@click.command(context_settings={"allow_extra_args": True})
@json_option
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> int:
    """Show where each broker would come from, what is missing, and what would spoil a measurement here."""
    if context.args:
        raise UsageError(_refusal(context.args[0]))
    found = check_up()
    if as_json:
        print_document(found)
    else:
        print_checkup(found, Console())
    return NOT_MEASURED if found.missing else DONE


def _refusal(argument: str) -> str:
    """Return what to do instead of naming a subject."""
    checks = "doctor checks every broker and takes no argument: run 'brokerbench doctor'"
    name, at, _ = argument.partition("@")
    if not at or name not in installed_brokers():
        return checks
    return f"{checks}; only a measurement has a distance, as in 'brokerbench compare {shortened(argument)}'"
