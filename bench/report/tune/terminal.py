"""Prints a tuning in the terminal: the answer, the lines to copy, the guarantees, and what was tried."""

from itertools import groupby
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from bench.records.tune import TuneRecord
from bench.report.tune.sentences import answer, bad, good, notes_of, reading_of
from bench.report.tune.tables import figure_table, line_table, ordered, promise_table, what_came
from bench.report.tune.words import STAGES, short
from bench.text.cleaning import terminal_text
from bench.text.numbers import ratio_figure
from bench.text.table import Table

__all__ = ["print_tuning"]

_MOST_TRIED = 14
_NAME = 34  # characters


def print_tuning(record: TuneRecord, console: Console, written: list[Path]) -> None:
    """Print the answer in at most five sentences, the lines, tables of at most 80 columns, notes, and the files."""
    style = "bold green" if good(record) else "bold red" if bad(record) else "bold"
    for place, sentence in enumerate(answer(record)):
        console.print(terminal_text(sentence, console, style if place == 0 else ""))
    for table in (line_table(record), figure_table(record), promise_table(record)):
        if table.rows:
            console.print(_drawn(table, console))
    _print_lines(record, console)
    if record.tried:
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
    """Print the best of what was tried, by stage."""
    best = ordered(record)[:_MOST_TRIED]
    for stage, some in groupby(best, key=lambda one: one.stage):
        rows = [
            [short(one.settings), str(ratio_figure(one.gain)), str(one.generations), what_came(one)] for one in some
        ]
        table = Table([STAGES[stage], "gain", "sets", "what came of it"], rows)
        console.print(_drawn(table, console, _NAME))
    console.print(terminal_text(reading_of(record), console, "dim"))
    if more := len(record.tried) - len(best):
        console.print(terminal_text(f"{more} more tries are in the reports (--out) and in --json.", console, "dim"))


def _drawn(table: Table, console: Console, name: int = 0) -> RichTable:
    """Return a table that is as wide as its text, up to the console's width; its first column has a least width."""
    drawn = RichTable(box=box.HORIZONTALS, padding=(0, 1, 0, 0))
    for place, head in enumerate(table.head):
        least = min(name, console.width // 2) if place == 0 else None
        drawn.add_column(terminal_text(head, console, "bold"), overflow="fold", min_width=least)
    for row in table.rows:
        drawn.add_row(*(terminal_text(cell, console) for cell in row))
    return drawn
