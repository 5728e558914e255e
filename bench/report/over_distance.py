"""Prints in the terminal what sweeps show besides the overview: maps of two keys, and round trips."""

from collections.abc import Iterator

from rich.console import Console

from bench.figures.crossings import KEY
from bench.metrics.telling import SmallTable
from bench.records.figures import RoundTrips
from bench.records.result import Result
from bench.report.fitted import READING, off_by, trip_cells, without_round_trips
from bench.report.maps import legend_of, map_table, maps
from bench.report.overview import MARKS, PLAIN_MARKS
from bench.report.sections import sections
from bench.report.small import drawn_table
from bench.text.cleaning import terminal_text
from bench.text.names import metric_words
from bench.text.table import Table

__all__ = ["print_maps", "print_round_trips"]

_NAME = 18  # the least width of the first column, with its space
_SPACE = 2  # between two columns


def print_maps(result: Result, console: Console) -> bool:
    """Print the maps of a sweep of two keys; return False if there is none."""
    found = [(section, one) for section in sections(result) for one in maps(section, result)]
    marks = PLAIN_MARKS if console.options.ascii_only else MARKS
    for section, one in found:
        for part in _fitting(map_table(one, marks, interval=False), console.width):
            title = f"{section.title}: {one.title}"
            console.print(drawn_table(SmallTable(title, part.head, part.rows), console))
    if found:
        text = legend_of([one for _, one in found], marks, result.margin)
        console.print(terminal_text(text.replace(". ", ".\n", 1), console, "dim"))
    return bool(found)


def _fitting(table: Table, width: int) -> Iterator[Table]:
    """Yield tables of as many columns as fit the width, each with the first column."""
    widths = [max(len(cell) for cell in column) + _SPACE for column in zip(table.head, *table.rows, strict=True)]
    begin = 1
    while begin < len(widths):
        end, left = begin, width - max(widths[0], _NAME) - _SPACE
        while end < len(widths) and (end == begin or widths[end] <= left):
            left -= widths[end]
            end += 1
        yield Table([table.head[0], *table.head[begin:end]], [[row[0], *row[begin:end]] for row in table.rows])
        begin = end


def print_round_trips(result: Result, console: Console) -> None:
    """Print the round trips of every subject and metric, and the rest of the time; nothing without such a sweep."""
    lines = [one for one in result.round_trips if not one.at]
    if lines:
        head = ["subject", "metric", "round trips", "the rest"]
        rows = [_row(line, result) for line in lines]
        console.print(drawn_table(SmallTable("Round trips, and the rest of the time", head, rows), console))
        console.print(terminal_text(READING.replace(". ", ".\n"), console, "dim"))
    if missing := without_round_trips(result, [row for row in result.summary if list(row.at) == [KEY]]):
        console.print(terminal_text(missing, console, "dim"))


def _row(line: RoundTrips, result: Result) -> list[str]:
    """Return the cells of a line; the figures of one that misses the times say little, and are left out."""
    name, *figures = trip_cells(line, result)
    shown = [_short(figure) for figure in figures] if line.is_line else ["no line", off_by(line)]
    return [name, metric_words(line.metric), *shown]


def _short(figure: str) -> str:
    """Write an interval with a dash, unless it has a minus sign."""
    return figure if "-" in figure else figure.replace(" to ", "-")
