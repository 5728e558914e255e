"""The command ``brokerbench report``: shows results again, and writes their reports."""

from pathlib import Path

import click
from rich.console import Console

from bench.commands.documents import console_for, json_option, print_document
from bench.commands.options import details_option
from bench.commands.parameters import PATH
from bench.records.out_folder import OutFolder
from bench.records.result import HDR_FILE, HTML_FILE, MARKDOWN_FILE, RESULT_FILE, Result, read_result
from bench.report.documents.report import Answer, ReportDocument
from bench.report.files import write_page, write_reports
from bench.report.terminal import print_paths, print_result
from bench.text.cleaning import terminal_text

__all__ = ["report"]


@click.command()
@click.argument("results", nargs=-1, required=True, type=PATH, metavar="RESULT...")
@details_option
@click.option("--out", "directory", type=PATH, help="The folder for the reports, or for the page of several results.")
@json_option
def report(*, results: tuple[Path, ...], details: bool, directory: Path | None, as_json: bool) -> None:
    """Show each RESULT again, and with --out write its reports anew, or one page of several.

    A RESULT is a result.json or its folder.
    """
    found = {path: read_result(path) for path in results}
    if directory:
        OutFolder(directory, (MARKDOWN_FILE, HTML_FILE, HDR_FILE))
    if as_json:
        print_document(ReportDocument(answers=[Answer.of(result) for result in found.values()]))
    else:
        _print(found, details=details)
    if directory:
        _write(list(found.values()), directory)
        print_paths(directory, console_for(as_json=as_json))


def _print(found: dict[Path, Result], *, details: bool) -> None:
    console = Console()
    for path, result in found.items():
        if len(found) > 1:
            console.print(terminal_text(str(path), console, "bold"), soft_wrap=True)
        print_result(result, console, _folder(path), details=details)


def _folder(path: Path) -> Path | None:
    """Return the folder of a result and its reports; None for a file of another name, which has no reports."""
    return path if path.is_dir() else path.parent if path.name == RESULT_FILE else None


def _write(found: list[Result], directory: Path) -> None:
    if len(found) == 1:
        write_reports(found[0], directory)
    else:
        write_page(found, directory)
