"""Prints the overview in the terminal, in the most detailed of its layouts that fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from bench.records.result import Result
from bench.report.overview import MARKS, PLAIN_MARKS, Overview, OverviewCell, legend
from bench.text.cleaning import terminal_text
from bench.text.numbers import MISSING

__all__ = ["print_overview"]

_STYLES = {"faster": "green", "slower": "red", "inconclusive": "yellow", "void": "red"}
_LONG_HEAD = 10
_ANY_WIDTH = 10_000
_MOST_LINES = 30


@dataclass(frozen=True)
class _Layout:
    """Whether a ratio stands beside its figure or beneath it, and whether its interval is shown."""

    beside: bool
    intervals: bool


_LAYOUTS = (_Layout(True, True), _Layout(True, False), _Layout(False, True), _Layout(False, False))


def print_overview(found: Overview, result: Result, console: Console) -> None:
    """Print the table and how to read it; nothing if it has no column or no row."""
    if not found.columns or not found.rows:
        return
    marks = PLAIN_MARKS if console.options.ascii_only else MARKS
    for table in _fitting(found, marks, console):
        console.print(table)
    if text := legend(result, found, marks):
        console.print(terminal_text(text.replace(". ", ".\n", 1), console, "dim"))  # no mark apart from its word


def _fitting(found: Overview, marks: dict[str, str], console: Console) -> Iterator[Table]:
    """Yield a table that fits the width, or tables of a part of the columns each."""
    table = _fitting_table(found, marks, console)
    if table:
        yield table
        return
    half = -(-len(found.columns) // 2)
    for part in (slice(half), slice(half, None)):
        rows = [replace(row, cells=row.cells[part]) for row in found.rows]
        yield from _fitting(replace(found, columns=found.columns[part], rows=rows), marks, console)


def _fitting_table(found: Overview, marks: dict[str, str], console: Console) -> Table | None:
    """Return the first layout that leaves room for the rest on a screen, or else the shortest; None if none fits."""
    widest = console.options.update(max_width=_ANY_WIDTH)
    heights: dict[int, Table] = {}
    for layout in _LAYOUTS:
        table = _table(found, layout, marks, console)
        if Measurement.get(console, widest, table).maximum <= console.width or len(found.columns) == 1:
            height = len(console.render_lines(table))
            if height <= _MOST_LINES:
                return table
            heights.setdefault(height, table)
    return heights[min(heights)] if heights else None


def _table(found: Overview, layout: _Layout, marks: dict[str, str], console: Console) -> Table:
    table = Table(box=box.HORIZONTALS, padding=(0, 1, 0, 0), pad_edge=False)
    one_tier = len({row.tier for row in found.rows}) == 1
    first, *heads = _heads([f"{found.rows[0].tier} tier" if one_tier else "", *found.columns])
    table.add_column(terminal_text(first, console), overflow="fold")
    columns = []
    for place, head in enumerate(heads):
        table.add_column(terminal_text(head, console), justify="right", overflow="fold")
        cells = [row.cells[place] for row in found.rows]
        columns.append(_column(cells, max(map(len, head.splitlines())), layout, marks, console))
    drawn = dict(zip(map(id, found.rows), zip(*columns, strict=True), strict=True))
    for tier, rows in groupby(found.rows, key=lambda row: row.tier):
        table.add_section()
        for at, here in groupby(rows, key=lambda row: row.at):
            if title := ", ".join(filter(None, ("" if one_tier else f"{tier} tier", at))):
                table.add_row(terminal_text(title, console, "bold"))
            for row in here:
                table.add_row(terminal_text(row.subject, console), *drawn[id(row)])
    return table


def _heads(heads: Sequence[str]) -> list[str]:
    """Return the heads, long ones in two lines, all ending on the same line."""
    broken = [head.replace(" ", "\n", 1) if len(head) > _LONG_HEAD else head for head in heads]
    tall = any("\n" in head for head in broken)
    return [f"\n{head}" if tall and "\n" not in head else head for head in broken]


def _column(
    cells: Sequence[OverviewCell | None], least: int, layout: _Layout, marks: dict[str, str], console: Console
) -> list[Text]:
    """Return a column's cells, in which figures stand below figures and ratios below ratios."""
    parts = [_parts(cell, layout, marks, console) for cell in cells]
    if not layout.beside:
        return [Text("\n").join([value, *ratios]) for value, ratios in parts]
    ratio = max(len(line) for _, ratios in parts for line in [Text(), *ratios])
    gap = 1 if ratio else 0
    figure = max(least - ratio - gap, *(len(value) for value, _ in parts))
    return [_beside(value, ratios or [Text()], figure, gap + ratio) for value, ratios in parts]


def _beside(value: Text, ratios: list[Text], figure: int, ratio: int) -> Text:
    """Return the lines, padded to these widths."""
    firsts = [value, *[Text()] * (len(ratios) - 1)]
    lines = [
        Text(" " * (figure - len(first))) + first + Text(" " * (ratio - len(second))) + second
        for first, second in zip(firsts, ratios, strict=True)
    ]
    cell = Text("\n").join(lines)
    cell.justify = "left"
    return cell


def _parts(
    cell: OverviewCell | None, layout: _Layout, marks: dict[str, str], console: Console
) -> tuple[Text, list[Text]]:
    """Return a figure, and the lines of its ratio."""
    if cell is None:
        return terminal_text(MISSING, console, "dim"), []
    marked = f"{marks.get(cell.verdict, '')} {cell.ratio}".strip()
    interval = cell.interval.replace(" to ", "-") if layout.intervals else ""
    ratio = terminal_text(marked, console, _STYLES.get(cell.verdict, ""))
    return terminal_text(cell.value, console), [one for one in (ratio, terminal_text(interval, console, "dim")) if one]
