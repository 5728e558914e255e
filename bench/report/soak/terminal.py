"""Prints a soak in the terminal: the answer, then a table that fits 80 columns and 40 lines."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from bench.records.soak import Drift, Soak, SoakRun
from bench.report.soak.sentences import answer, notes_of, reading_of, run_sentence
from bench.report.soak.table import HEAD, row_of_drift
from bench.text.cleaning import clean, terminal_text

__all__ = ["print_soak"]

_MOST_WHOLE = 3  # subjects of which every quantity has a row
_MOST_ROWS = 32
_WIDTHS = (9, 16, 8, 8, 25, 6)


def print_soak(soak: Soak, console: Console, written: list[Path]) -> None:
    """Print the answer in at most five lines, the table, a line for each subject, notes, and the paths of the files."""
    for sentence in answer(soak):
        console.print(terminal_text(sentence, console, "bold"), soft_wrap=True)
    if rows := _rows(soak):
        console.print(_table(rows, console))
        console.print(terminal_text(reading_of(), console, "dim"))
    for run in soak.runs:
        console.print(terminal_text(run_sentence(run), console))
    for note in notes_of(soak):
        console.print(terminal_text(f"! {note}", console))
    for path in written:
        console.print(terminal_text(str(path), console), soft_wrap=True)


def _rows(soak: Soak) -> list[tuple[SoakRun, Drift]]:
    """Return the rows: all, or with many subjects those that drift."""
    rows = [(run, drift) for run in soak.runs for drift in run.drifts]
    if len(soak.runs) > _MOST_WHOLE:
        rows = [(run, drift) for run, drift in rows if drift.verdict == "drifts"]
    return rows[:_MOST_ROWS]


def _table(rows: list[tuple[SoakRun, Drift]], console: Console) -> RichTable:
    table = RichTable(box=box.HORIZONTALS, padding=0)
    for place, (head, width) in enumerate(zip(["subject", *HEAD], _WIDTHS, strict=True)):
        outer = place in (0, 1, len(_WIDTHS) - 1)
        table.add_column(head, width=width, justify="left" if outer else "right", overflow="fold")
    before = ""
    for run, drift in rows:
        if before and run.subject != before:
            table.add_section()
        name = "" if run.subject == before else clean(run.subject)
        style = "red" if drift.verdict == "drifts" else ""
        table.add_row(*(terminal_text(cell, console, style) for cell in (name, *row_of_drift(drift))))
        before = run.subject
    return table
