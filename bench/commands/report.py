"""The command ``brokerbench report``: shows results again, and writes their reports."""

from pathlib import Path

import click
from rich.console import Console

from bench.commands.options import details_option
from bench.commands.parameters import PATH
from bench.records.out_folder import OutFolder
from bench.records.result import HDR_FILE, HTML_FILE, MARKDOWN_FILE, read_result
from bench.report.files import write_page, write_reports
from bench.report.terminal import print_paths, print_result

__all__ = ["report"]


@click.command()
@click.argument("results", nargs=-1, required=True, type=PATH, metavar="RESULT...")
@details_option
@click.option("--out", "directory", type=PATH, help="The folder for the reports, or for the page of several results.")
def report(*, results: tuple[Path, ...], details: bool, directory: Path | None) -> None:
    """Show each RESULT again, and with --out write its reports anew, or one page of several.

    A RESULT is a result.json or its folder.
    """
    found = [read_result(path) for path in results]
    if directory:
        OutFolder(directory, (MARKDOWN_FILE, HTML_FILE, HDR_FILE))
    console = Console()
    for path, result in zip(results, found, strict=True):
        if len(found) > 1:
            console.print(str(path), style="bold", markup=False, highlight=False, soft_wrap=True)
        print_result(result, console, path if path.is_dir() else path.parent, details=details)
    if directory:
        write_page(found, directory) if len(found) > 1 else write_reports(found[0], directory)
        print_paths(directory, console)
