"""The command ``brokerbench export``: writes a result's figures for another tool."""

from pathlib import Path
from typing import Literal

import click

from bench.commands.parameters import FILE, PATH
from bench.records.named_files import check_file, write_text
from bench.records.result import read_result
from bench.report.documents.small import ExportDocument
from bench.report.export import bencher_json, csv_rows, exported, github_action_json

__all__ = ["export"]

_FORMATS = ("github-action-benchmark", "bencher", "csv", "json")


@click.command()
@click.argument("result", type=PATH)
@click.option("--format", "form", type=click.Choice(_FORMATS), help="The format to write.")
@click.option("--json", "form", flag_value="json", help="Short for --format json.")
@click.option(
    "--better",
    "way",
    type=click.Choice(["smaller", "bigger"]),
    default="smaller",
    show_default=True,
    help="For github-action-benchmark: write times and costs (smaller), or rates (bigger).",
)
@click.option("--out", "path", type=FILE, help="The file to write.  [default: standard output]")
def export(*, result: Path, form: str | None, way: Literal["smaller", "bigger"], path: Path | None) -> None:
    """Write RESULT's figures for another tool."""
    if form is None:
        raise click.UsageError(f"use --format with one of {', '.join(_FORMATS)}")
    if path:
        check_file(path)
    found = read_result(result, blocks=False)
    text = {
        "github-action-benchmark": lambda: github_action_json(found, way),
        "bencher": lambda: bencher_json(found),
        "csv": lambda: csv_rows(found),
        "json": lambda: ExportDocument(figures=list(exported(found))).model_dump_json() + "\n",
    }[form]()
    if form == "github-action-benchmark":
        other = "bigger" if way == "smaller" else "smaller"
        click.echo(f"This is for custom{way.capitalize()}IsBetter; --better {other} writes the others.", err=True)
    if path:
        write_text(path, text)
    else:
        click.echo(text, nl=False)
