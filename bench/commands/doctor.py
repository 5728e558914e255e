"""The command ``brokerbench doctor``: shows what can be measured here."""

import click
from rich.console import Console

from bench.commands.documents import json_option, print_document
from bench.commands.exit_codes import DONE, NOT_MEASURED
from bench.engine.checkup import check_up
from bench.report.checkup import print_checkup

__all__ = ["doctor"]


@click.command()
@json_option
def doctor(*, as_json: bool) -> int:
    """Show where each broker would come from, what is missing, and what would spoil a measurement here."""
    found = check_up()
    if as_json:
        print_document(found)
    else:
        print_checkup(found, Console())
    return NOT_MEASURED if found.missing else DONE
