"""Prints a tuning in the terminal: the answer, the lines to copy, the guarantees, and what was tried."""

from itertools import groupby
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from bench.records.tune import Tried, TuneRecord
from bench.report.tune.sentences import answer, bad, good, notes_of, reading_of
from bench.report.tune.tables import figure_table, line_table, ordered, promise_table, what_came
from bench.report.tune.words import STAGES, short
from bench.text.cleaning import terminal_text
from bench.text.numbers import plural, ratio_figure
from bench.text.table import Table

__all__ = ["print_tuning"]

_MOST_TRIED = 14


def print_tuning(record: TuneRecord, console: Console, written: list[Path]) -> None:
    """Print the answer in at most six sentences, the lines, tables of at most 80 columns, notes, and the files."""
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
    """Print the best of what was tried, by stage; what was taken out again is in the reports."""
    best = [one for one in ordered(record) if one.stage != "ablation"][:_MOST_TRIED]
    for stage, some in groupby(best, key=lambda one: one.stage):
        rows = [
            [short(one.settings), str(ratio_figure(one.gain)), str(one.generations), _outcome(one, record)]
            for one in some
        ]
        console.print(_drawn(Table([STAGES[stage], "gain", "sets", ""], rows), console))
    console.print(terminal_text(reading_of(record), console, "dim"))
    if more := len(record.tried) - len(best):
        console.print(terminal_text(f"{plural(more, 'more try', 'more tries')}: see --out and --json.", console, "dim"))


def _outcome(one: Tried, record: TuneRecord) -> str:
    """Return what became of it; why it was dropped, only where it seems to gain, or may break a limit."""
    seems = one.gain is not None and one.gain.value > 1 + record.margin
    return what_came(one) if one.fate != "dropped" or seems or record.goal.limits else "dropped"


def _drawn(table: Table, console: Console) -> RichTable:
    drawn = RichTable(box=box.HORIZONTALS, padding=(0, 1, 0, 0))
    for head in table.head:
        drawn.add_column(terminal_text(head, console, "bold"), overflow="fold")
    for row in table.rows:
        drawn.add_row(*(terminal_text(cell, console) for cell in row))
    return drawn
