"""Prints a tuning in the terminal: the answer, the lines to copy, the guarantees, and what was tried."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from bench.records.tune import TuneRecord
from bench.report.tune.sentences import answer, bad, good, notes_of, reading_of
from bench.report.tune.tables import figure_table, line_table, promise_table, tried_table
from bench.text.cleaning import terminal_text
from bench.text.table import Table

__all__ = ["print_tuning"]

_MOST_TRIED = 16


def print_tuning(record: TuneRecord, console: Console, written: list[Path]) -> None:
    """Print the answer in at most five sentences, the lines, tables of at most 80 columns, notes, and the files."""
    style = "bold green" if good(record) else "bold red" if bad(record) else "bold"
    for place, sentence in enumerate(answer(record)):
        console.print(terminal_text(sentence, console, style if place == 0 else ""))
    for table in (line_table(record), figure_table(record), promise_table(record)):
        if table.rows:
            console.print(_drawn(table, console))
    _print_lines(record, console)
    _print_tried(record, console)
    for note in notes_of(record):
        console.print(terminal_text(f"! {note}", console))
    for path in written:
        console.print(terminal_text(str(path), console), soft_wrap=True)


def _print_lines(record: TuneRecord, console: Console) -> None:
    for text, where in ((record.fragment, "your Celery configuration"), (record.server_lines, record.server_file)):
        if text:
            console.print(terminal_text(f"Copy into {where}:", console, "bold"))
            console.print(terminal_text(text.rstrip("\n"), console), soft_wrap=True)


def _print_tried(record: TuneRecord, console: Console) -> None:
    tried = tried_table(record)
    if tried.rows:
        console.print(_drawn(Table(tried.head, tried.rows[:_MOST_TRIED]), console))
        console.print(terminal_text(reading_of(record), console, "dim"))
    if (more := len(tried.rows) - _MOST_TRIED) > 0:
        console.print(terminal_text(f"{more} more tries are in the reports (--out) and in --json.", console, "dim"))


def _drawn(table: Table, console: Console) -> RichTable:
    drawn = RichTable(box=box.HORIZONTALS, padding=(0, 1, 0, 0), show_edge=True)
    for head in table.head:
        drawn.add_column(terminal_text(head, console, "bold"), overflow="fold")
    for row in table.rows:
        drawn.add_row(*(terminal_text(cell, console) for cell in row))
    return drawn
