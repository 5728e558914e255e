"""The small tables in the terminal, with a line for each subject: records that are not rows of the large table."""

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from bench.metrics.registry import find_metric
from bench.metrics.telling import SmallTable
from bench.records.figures import Row
from bench.records.result import Result
from bench.report.sections import Line, Section
from bench.report.tables import LAYERS
from bench.text.cleaning import terminal_text
from bench.text.numbers import share_figure
from bench.text.places import place_key

__all__ = ["drawn_table", "small_tables"]

_NAME = 16  # minimum width of a subject's name


def small_tables(shown: list[Section], result: Result, console: Console) -> list[RichTable]:
    """Return a table for each kind of record that the result has."""
    layers = [LAYERS[layer] for layer in _ceilings_had(shown)]
    shares = SmallTable("Celery's speed as a share of its ceilings'", ["subject", *layers], [*_shares(shown)])
    tables = [*_own_tables(shown, result, aside=False), shares, *_own_tables(shown, result, aside=True)]
    return [drawn_table(table, console) for table in tables if table.rows]


def _own_tables(shown: list[Section], result: Result, *, aside: bool) -> Iterator[SmallTable]:
    """Return a table for each metric with its own records, over all tiers: those measured aside, or the others."""
    lines: dict[str, list[Line]] = {}
    for section in shown:
        lines.setdefault(section.metric, []).extend(section.lines)
    for metric, own in lines.items():
        table = find_metric(metric).small_table(own, result)
        if table and (find_metric(metric).when == "aside") == aside:
            yield table


def _named(line: Line, where: str) -> str:
    return " ".join(filter(None, (line.name, where)))


def _ceilings_had(shown: list[Section]) -> list[str]:
    had = {row.layer for section in shown for row in section.ceilings}
    return [layer for layer in LAYERS if layer in had]


def _shares(shown: list[Section]) -> Iterator[list[str]]:
    """Return a row for each subject and metric that has a ceiling."""
    layers = _ceilings_had(shown)
    for section in shown:
        for line in section.lines:
            own = {row.layer: row for row in section.ceilings if _beside(row, line)}
            if own:
                shares = [str(share_figure(own[layer].share if layer in own else None)) for layer in layers]
                yield [f"{_named(line, line.where)} {section.metric}", *shares]


def _beside(row: Row, line: Line) -> bool:
    return (row.subject, place_key(row.at)) == (line.subject.label, line.at_key)


def drawn_table(table: SmallTable, console: Console) -> RichTable:
    """Return a small table for the console."""
    drawn = RichTable(
        title=terminal_text(table.title, console, "bold"),
        title_justify="left",
        box=box.HORIZONTALS,
        padding=(0, 1, 0, 0),
    )
    name, *heads = (terminal_text(head, console) for head in table.head)
    drawn.add_column(name, min_width=_NAME, vertical="bottom", overflow="fold")
    for head in heads:
        drawn.add_column(head, justify="right", vertical="bottom", overflow="fold")
    for row in table.rows:
        drawn.add_row(*(terminal_text(cell, console) for cell in row))
    return drawn
