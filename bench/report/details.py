"""Prints the details of a result in the terminal: tables of every figure, which fit 80 columns."""

import math
from collections.abc import Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.metrics.telling import SmallTable
from bench.records.result import Result
from bench.report.answers import answers
from bench.report.columns import short_heads
from bench.report.round_trips import round_trip_sentences
from bench.report.sections import Line, Section, sections
from bench.report.small import drawn_table, small_tables
from bench.report.ways import way_table
from bench.text.cleaning import terminal_text
from bench.text.numbers import Figure, detectable

__all__ = ["print_details", "print_tables"]

_WIDTHS = (9, 9, 9, 13, 11, 5)  # three durations, a rate, the ratio, the detectable difference
_AROUND = 8  # columns for spaces
_NAME = 12  # minimum width of a subject's name next to its figures
_LEGEND = (
    "Below each figure: its 95 % interval. Ratio: this figure divided by that of the first subject of the tier, so "
    "below 1x is better for a time, above 1x for a rate. Latency: from the intended time to the task's end. "
    "Sees: the smallest difference that this run could detect."
)


def print_details(result: Result, console: Console) -> None:
    """Print the tables, and a sentence for each verdict."""
    print_tables(result, console)
    for section in sections(result):
        for answer in answers(section, result):
            if answer.verdict:
                console.print(terminal_text(answer.text, console))
        for text in round_trip_sentences(section, result):
            console.print(terminal_text(text, console))


def print_tables(result: Result, console: Console) -> None:
    """Print only the tables."""
    shown = sections(result)
    if timed := [section for section in shown if section.timed]:
        console.print(_table(timed, console))
        console.print(terminal_text(_LEGEND, console, "dim"))
    for table in small_tables(shown, result, console):
        console.print(table)
    if (ways := way_table(result)).table.rows:
        console.print(drawn_table(SmallTable(ways.caption, ways.table.head, ways.table.rows), console))
        console.print(terminal_text(ways.note, console, "dim"))


def _table(timed: list[Section], console: Console) -> Table:
    """Return a table whose second column is, in every row, a grid of the same widths.

    This lets the reason of a failed subject use the full width. On a narrow console, names are above figures.
    """
    table = Table(box=box.HORIZONTALS, show_header=False, padding=0)
    name_width = console.width - sum(_WIDTHS) - _AROUND
    if name_width >= _NAME:
        table.add_column(max_width=name_width, overflow="fold")
    table.add_column(overflow="fold")
    for section in timed:
        for name, body in _rows(section, console):
            table.add_row(*((name, body) if name_width >= _NAME else (Group(name, body),)))
        table.add_section()
    return table


def _rows(section: Section, console: Console) -> Iterator[tuple[Text, RenderableType]]:
    title = terminal_text(section.title.replace(", ", "\n"), console, "bold")
    yield title, _head(section, console)
    for line in section.lines:
        name = "\n".join(filter(None, (line.name, line.where)))
        yield terminal_text(name, console), _body(line, console)


def _head(section: Section, console: Console) -> RenderableType:
    heads = [*short_heads(section.metric), "ratio", "sees"]
    return _grid([terminal_text(head, console, "bold") for head in heads])


def _body(line: Line, console: Console) -> RenderableType:
    note = terminal_text(line.note(), console, "red" if line.failure is not None or line.void else "dim")
    if not line.measured:
        return note
    style = "dim strike" if line.void else ""
    figures = [_cell(figure, console, style) for figure in line.figures(short_heads(line.metric))]
    grid = _grid([*figures, _cell(line.comparison(), console), _cell(Figure(_brief(line.seen())), console)])
    return Group(grid, note) if line.note() else grid


def _grid(cells: list[Text]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    for width in _WIDTHS:
        grid.add_column(width=width, justify="right", overflow="fold")
    grid.add_row(*cells)
    return grid


def _cell(figure: Figure, console: Console, style: str = "") -> Text:
    text = terminal_text(figure.text, console, style)
    return text.append(f"\n{figure.low}-{figure.high}", f"dim {style}".strip()) if figure.low else text


def _brief(seen: str) -> str:
    """Return the smallest detectable difference in its narrow column."""
    return "none" if seen == detectable(math.inf) else seen
