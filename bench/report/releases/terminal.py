"""Prints a history of releases in the terminal: the answer, then a table that fits 80 columns."""

from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable

from bench.records.releases import ReleaseRow, Releases
from bench.report.releases.sentences import answer, notes_of, reading_of, what_of, why_not
from bench.report.releases.table import RATIO_HEADS, beside, change_word, day_of, figure_cell, ratio_cell
from bench.text.cleaning import clean, terminal_text
from bench.text.numbers import Figure

__all__ = ["print_releases"]

_NAME = 9
_WIDTHS = (10, 10, 19, 19, 6)  # the date, the figure, two ratios with their intervals, the change


def print_releases(releases: Releases, console: Console, written: list[Path]) -> None:
    """Print the answer in at most five lines, the table, notes, and the paths of the files."""
    for sentence in answer(releases):
        console.print(terminal_text(sentence, console, "bold"), soft_wrap=True)
    console.print(_table(releases, console))
    console.print(terminal_text(reading_of(releases, beneath=True), console, "dim"))
    for note in notes_of(releases):
        console.print(terminal_text(f"! {note}", console))
    for path in written:
        console.print(terminal_text(str(path), console), soft_wrap=True)


def _table(releases: Releases, console: Console) -> RichTable:
    """Return a table whose second column is a grid of the same widths in every row, so that reasons have its width."""
    table = RichTable(box=box.HORIZONTALS, padding=0, show_header=False)
    table.add_column(min_width=_NAME, overflow="fold")
    table.add_column(overflow="fold")
    heads = [what_of(releases) if len(what_of(releases)) <= _WIDTHS[1] else "figure", *RATIO_HEADS, "change"]
    table.add_row(terminal_text("release", console, "bold"), _grid(["date", *heads], console, "bold"))
    table.add_section()
    for row, versions in beside(releases):
        style = {"worse": "red", "better": "green"}.get(change_word(row, releases), "")
        body: list[RenderableType] = [] if row.failure else [_grid(_cells(row, releases), console, style)]
        if row.failure:
            body.append(terminal_text(f"{day_of(row)} {why_not(row)}", console, "red"))
        if versions:
            body.append(terminal_text(f"with {versions}", console, "dim"))
        table.add_row(terminal_text(clean(row.release), console, style), Group(*body))
    return table


def _grid(cells: list[str], console: Console, style: str) -> RichTable:
    grid = RichTable.grid(padding=(0, 1, 0, 0))
    for place, width in enumerate(_WIDTHS):
        outer = place in (0, len(_WIDTHS) - 1)
        grid.add_column(width=width, justify="left" if outer else "right", overflow="fold")
    grid.add_row(*(terminal_text(cell, console, style) for cell in cells))
    return grid


def _cells(row: ReleaseRow, releases: Releases) -> list[str]:
    ratios = [_with_interval(ratio_cell(ratio)) for ratio in (row.to_previous, row.to_newest)]
    return [day_of(row), figure_cell(row, releases), *ratios, change_word(row, releases)]


def _with_interval(figure: Figure) -> str:
    return f"{figure.text} {figure.low}-{figure.high}" if figure.low else figure.text
