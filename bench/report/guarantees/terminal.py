"""A matrix in the terminal: a row for each fault, a column for each subject, in 80 columns."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.records.matrix import Matrix, Outcome
from bench.report.guarantees.files import written_reports
from bench.report.guarantees.stories import FaultStory, Story, notes, stories
from bench.report.guarantees.versions import server_lines
from bench.report.guarantees.words import GROUPS, MEANING, WORDS
from bench.text.cleaning import clean, terminal_text
from bench.text.numbers import MISSING

__all__ = ["STYLES", "print_matrix"]

STYLES: dict[Outcome, str] = {
    "kept": "green",
    "allowed": "yellow",
    "broken": "bold red",
    "shown": "",
    "not run": "dim italic",
}
_NAME, _CELL = 18, 9
_AROUND = 2


def print_matrix(matrix: Matrix, console: Console, directory: Path | None) -> None:
    """Print versions, the matrix, what its words mean, what was found, and the paths of the reports."""
    told = stories(matrix)
    for line in server_lines(matrix):
        console.print(terminal_text(line, console, "dim"))
    for columns in _slices(len(matrix.subjects), console):
        console.print(_table(matrix, told, columns, console))
    for line in _legend(told):
        console.print(terminal_text(line, console, "dim"))
    for line, style in _told(told):
        console.print(terminal_text(line, console, style))
    for note in notes(matrix):
        console.print(terminal_text(f"! {note}", console))
    for path in written_reports(directory) if directory else []:
        console.print(terminal_text(str(path), console), soft_wrap=True)


def _slices(count: int, console: Console) -> list[range]:
    """Return the subjects that have room beside each other, table by table."""
    room = max(1, (console.width - _NAME - _AROUND) // (_CELL + 1))
    return [range(first, min(first + room, count)) for first in range(0, count, room)]


def _table(matrix: Matrix, told: list[FaultStory], columns: range, console: Console) -> Table:
    room = (console.width - _NAME - _AROUND) // len(columns) - 1
    table = Table(box=box.HORIZONTALS, padding=0)
    table.add_column("fault", width=_NAME)
    for column in columns:
        name = "\n".join(_parts(clean(matrix.subjects[column].label)))
        table.add_column(terminal_text(name, console), width=min(max(room, _CELL), 2 * _CELL), overflow="fold")
    for group, title in GROUPS.items():
        rows = [story for story in told if story.fault.group == group]
        if rows:
            table.add_row(terminal_text(title, console, "bold"))
        for number, story in enumerate(rows, start=1):
            cells = (_cell(story.cells[column], console) for column in columns)
            table.add_row(_name(story, console), *cells, end_section=number == len(rows))
    return table


def _name(story: FaultStory, console: Console) -> Text:
    """Break a fault's name at its hyphens where it is long."""
    lines = textwrap.wrap(clean(story.fault.name), _NAME - 1)
    return terminal_text("\n ".join(lines), console)


def _parts(label: str) -> list[str]:
    """Break a subject's label where it has a colon: the profile stands below the broker."""
    broker, colon, profile = label.partition(":")
    return [f"{broker}{colon}", profile] if colon else [label]


def _cell(story: Story | None, console: Console) -> Text:
    if story is None:
        return terminal_text(MISSING, console, "dim")
    told = "\n".join(filter(None, (story.outcome, story.detail)))
    return terminal_text(told, console, STYLES[story.outcome])


def _legend(told: list[FaultStory]) -> list[str]:
    """Return what those words mean that are in the matrix."""
    cells = [cell for story in told for cell in story.cells if cell]
    outcomes = [outcome for outcome in MEANING if any(cell.outcome == outcome for cell in cells)]
    details = " ".join(cell.detail for cell in cells)
    words = [word for word in WORDS if _kind(word) in details]
    lines = [f"{outcome}: {MEANING[outcome]}." for outcome in outcomes]
    return [*lines, "; ".join(f"{word}: {WORDS[word]}" for word in words) + "."] if words else lines


def _kind(word: str) -> str:
    return next(part for part in word.split() if part.isalpha())


def _told(told: list[FaultStory]) -> Iterator[tuple[str, str]]:
    """Tell what was found, broken or not run, those subjects together of which the same is to be told."""
    for story in told:
        alike: dict[tuple[str, Outcome], list[str]] = {}
        for cell in story.cells:
            if cell and (text := _what(cell)):
                alike.setdefault((text, cell.outcome), []).append(cell.subject)
        for (text, outcome), subjects in alike.items():
            yield f"{clean(story.fault.name)}, {', '.join(subjects)}: {text}", STYLES[outcome]


def _what(cell: Story) -> str:
    """Tell what the table does not; of a cell that nobody need worry about, the reports have the rest."""
    if cell.outcome == "not run":
        return cell.sentence
    if cell.outcome == "broken":
        return "; ".join(cell.findings) or cell.sentence
    return cell.findings[0] if cell.findings and cell.outcome == "shown" else ""
