"""The command ``brokerbench history``: shows figures over time."""

from pathlib import Path

import click
from rich.console import Console

from bench.commands.documents import json_option, print_document
from bench.commands.parameters import FILE, PATH
from bench.gate.history import read_history
from bench.records.named_files import check_file, write_text
from bench.report.documents.history import HistoryDocument
from bench.report.gate.history import print_history
from bench.report.gate.history_page import history_html

__all__ = ["history"]


@click.command()
@click.argument("directory", metavar="DIR", type=PATH)
@click.option("--html", "html_file", type=FILE, help="An HTML page to write.")
@json_option
def history(*, directory: Path, html_file: Path | None, as_json: bool) -> None:
    """Show every figure of the results below DIR over time, and where its level changed."""
    if html_file:
        check_file(html_file)
    found = read_history(directory)
    if as_json:
        print_document(HistoryDocument.of(found))
    else:
        print_history(found, Console())
    if html_file:
        write_text(html_file, history_html(found))
