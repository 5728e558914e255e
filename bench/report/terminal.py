"""The result in the terminal: one table that fits 80 columns, what to know of it, and where the files are."""

from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.records.result import Result
from bench.report.cleaning import terminal_text
from bench.report.figures import Figure
from bench.report.files import written_reports
from bench.report.sections import Line, Section, figure_heads, sections
from bench.report.wording import answers, notes

__all__ = ["print_result"]

_WIDTHS = (9, 9, 9, 13, 11, 5)  # three durations, a rate, the ratio, the difference to be seen
_FIGURES = 4
_AROUND = 8  # columns that are spaces
_NAME = 12  # least width of a subject's name beside its figures
_LEGEND = (
    "Below each figure: its 95 % interval. Ratio: to the first subject of the tier "
    "(of medians: less is faster; of tasks/s: more is faster). "
    "Sees: the smallest difference this run could have seen."
)


def print_result(result: Result, console: Console, directory: Path | None) -> None:
    """Print the table, what each comparison says, notes, and the paths of the reports that are in ``directory``."""
    console.print(_table(result, console))
    console.print(terminal_text(_LEGEND, console, "dim"))
    for section in sections(result):
        if any(line.row and line.row.ratio for line in section.lines):
            for sentence in answers(section, result.margin):
                console.print(terminal_text(sentence, console, "bold"))
    for note in notes(result):
        console.print(terminal_text(f"! {note}", console))
    for path in written_reports(directory) if directory else []:
        console.print(terminal_text(str(path), console), soft_wrap=True)


def _table(result: Result, console: Console) -> Table:
    """Build a table whose second column is, in every row, a grid of the same widths.

    So a failed subject's reason can run over the whole width. On a narrow console names stand above figures.
    """
    table = Table(box=box.HORIZONTALS, show_header=False, padding=0)
    name_width = console.width - sum(_WIDTHS) - _AROUND
    if name_width >= _NAME:
        table.add_column(max_width=name_width, overflow="fold")
    table.add_column(overflow="fold")
    for section in sections(result):
        for name, body in _rows(section, console):
            table.add_row(*((name, body) if name_width >= _NAME else (Group(name, body),)))
        table.add_section()
    return table


def _rows(section: Section, console: Console) -> Iterator[tuple[Text, RenderableType]]:
    title = terminal_text(f"{section.metric}\n{section.tier} tier", console, "bold")
    yield title, _head(section, console)
    for line in section.lines:
        yield terminal_text(line.name, console), _body(line, console)


def _head(section: Section, console: Console) -> RenderableType:
    figures = [Figure(head) for head in figure_heads(section.metric)]
    heads = [*_aligned(figures), Figure("ratio"), Figure("sees")]
    return _grid([terminal_text(head.text, console, "bold") for head in heads])


def _body(line: Line, console: Console) -> RenderableType:
    note = terminal_text(line.note(), console, "red" if line.subject.failure is not None else "dim")
    if not line.measured:
        return note
    figures = [*_aligned(line.figures()), line.comparison(), Figure(line.seen())]
    grid = _grid([_cell(figure, console) for figure in figures])
    return Group(grid, note) if line.note() else grid


def _aligned(figures: list[Figure]) -> list[Figure]:
    """Fill up from the left, so that rates of all metrics stand in one column."""
    return [Figure("")] * (_FIGURES - len(figures)) + figures


def _grid(cells: list[Text]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    for width in _WIDTHS:
        grid.add_column(width=width, justify="right", overflow="fold")
    grid.add_row(*cells)
    return grid


def _cell(figure: Figure, console: Console) -> Text:
    text = terminal_text(figure.text, console)
    return text.append(f"\n{figure.low}-{figure.high}", "dim") if figure.low else text
