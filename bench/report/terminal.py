"""Prints a result in the terminal: the answer, the overview, the details if they are wanted, and where the rest is."""

import shlex
from pathlib import Path

from rich.console import Console

from bench.records.result import Result
from bench.report.caveats import caveats
from bench.report.details import print_details
from bench.report.diagnoses import reasons
from bench.report.files import written_reports
from bench.report.headline import headline
from bench.report.over_distance import print_maps, print_round_trips
from bench.report.overview import overview
from bench.report.overview_table import print_overview
from bench.report.wording import warnings
from bench.text.cleaning import terminal_text

__all__ = ["print_notes", "print_paths", "print_result"]


def print_result(result: Result, console: Console, directory: Path | None, *, details: bool = False) -> None:
    """Print the headline, the overview and its notes, the details, and the paths of the reports in ``directory``.

    If two keys are swept, their maps replace the overview, which would have a row for each pair of values.
    """
    known_first = caveats(result)
    for text in headline(result):
        console.print(terminal_text(text, console, "" if text in known_first else "bold"))
    found = overview(result)
    if not print_maps(result, console):
        print_overview(found, result, console)
    for text in reasons(result):
        console.print(terminal_text(f"> {text}", console))
    print_round_trips(result, console)
    for note in found.notes:
        console.print(terminal_text(f"! {note}", console))
    print_notes(result, console)
    if details:
        print_details(result, console)
    print_paths(directory, console)
    if directory and not details:
        command = f"brokerbench report {shlex.quote(str(directory))} --details"
        hint = f"The reports show every figure; to print them: {command}"
        console.print(terminal_text(hint, console), soft_wrap=True)


def print_notes(result: Result, console: Console) -> None:
    """Print the warnings of a result."""
    for note in warnings(result):
        console.print(terminal_text(f"! {note}", console))


def print_paths(directory: Path | None, console: Console) -> None:
    """Print the paths of the reports that are in the directory."""
    for path in written_reports(directory) if directory else []:
        console.print(terminal_text(str(path), console), soft_wrap=True)
