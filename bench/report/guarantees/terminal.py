"""Prints a matrix in the terminal, in 80 columns: a row for each fault, a column for each subject."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.records.matrix import Matrix, Outcome
from bench.report.guarantees.answer import answer
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
    """Print the answer, versions, the matrix, its legend, the findings, notes, and the paths of the reports."""
    faults = stories(matrix)
    for sentence in answer(matrix):
        console.print(terminal_text(sentence, console, "bold"))
    for line in server_lines(matrix):
        console.print(terminal_text(line, console, "dim"))
    for columns in _slices(len(matrix.subjects), console):
        console.print(_table(matrix, faults, columns, console))
    for line in _legend(faults):
        console.print(terminal_text(line, console, "dim"))
    for line, style in _findings(faults):
        console.print(terminal_text(line, console, style))
    for note in notes(matrix):
        console.print(terminal_text(f"! {note}", console))
    for path in written_reports(directory) if directory else []:
        console.print(terminal_text(str(path), console), soft_wrap=True)


def _slices(count: int, console: Console) -> list[range]:
    """Return the subjects that fit side by side, table by table."""
    room = max(1, (console.width - _NAME - _AROUND) // (_CELL + 1))
    return [range(first, min(first + room, count)) for first in range(0, count, room)]


def _table(matrix: Matrix, faults: list[FaultStory], columns: range, console: Console) -> Table:
    room = (console.width - _NAME - _AROUND) // len(columns) - 1
    table = Table(box=box.HORIZONTALS, padding=0)
    table.add_column("fault", width=_NAME)
    for column in columns:
        name = "\n".join(_parts(clean(matrix.subjects[column].label)))
        table.add_column(terminal_text(name, console), width=min(max(room, _CELL), 2 * _CELL), overflow="fold")
    for group, title in GROUPS.items():
        rows = [story for story in faults if story.fault.group == group]
        if rows:
            table.add_row(terminal_text(title, console, "bold"))
        for number, story in enumerate(rows, start=1):
            cells = (_cell(story.cells[column], console) for column in columns)
            table.add_row(_name(story, console), *cells, end_section=number == len(rows))
    return table


def _name(story: FaultStory, console: Console) -> Text:
    """Return a fault's name, broken at hyphens if it is long."""
    lines = textwrap.wrap(clean(story.fault.name), _NAME - 1)
    return terminal_text("\n ".join(lines), console)


def _parts(label: str) -> list[str]:
    """Split a subject's label after the colon: the profile is below the broker."""
    broker, colon, profile = label.partition(":")
    return [f"{broker}{colon}", profile] if colon else [label]


def _cell(story: Story | None, console: Console) -> Text:
    if story is None:
        return terminal_text(MISSING, console, "dim")
    text = "\n".join(filter(None, (story.outcome, story.detail)))
    return terminal_text(text, console, STYLES[story.outcome])


def _legend(faults: list[FaultStory]) -> list[str]:
    """Return the meanings of the words that appear in the matrix."""
    cells = [cell for story in faults for cell in story.cells if cell]
    outcomes = [outcome for outcome in MEANING if any(cell.outcome == outcome for cell in cells)]
    details = " ".join(cell.detail for cell in cells)
    words = [word for word in WORDS if _kind(word) in details]
    lines = [f"{outcome}: {MEANING[outcome]}." for outcome in outcomes]
    return [*lines, "; ".join(f"{word}: {WORDS[word]}" for word in words) + "."] if words else lines


def _kind(word: str) -> str:
    return next(part for part in word.split() if part.islower())


def _findings(faults: list[FaultStory]) -> Iterator[tuple[str, str]]:
    """Yield a line, with its style, for what was found, broken or not run; equal lines of several subjects once."""
    for story in faults:
        alike: dict[tuple[str, Outcome], list[str]] = {}
        for cell in story.cells:
            if cell and (text := _what(cell)):
                alike.setdefault((text, cell.outcome), []).append(cell.subject)
        for (text, outcome), subjects in alike.items():
            yield f"{clean(story.fault.name)}, {', '.join(subjects)}: {text}", STYLES[outcome]


def _what(cell: Story) -> str:
    """Return what the table does not show; for cells that need no attention, it is only in the reports."""
    if cell.outcome == "not run":
        return cell.sentence
    if cell.outcome == "broken" or cell.limited:
        return "; ".join(cell.findings) or cell.sentence
    return cell.findings[0] if cell.findings and cell.outcome == "shown" else ""
