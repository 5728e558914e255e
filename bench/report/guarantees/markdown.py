"""Renders a matrix of guarantees as GitHub-flavoured Markdown."""

from bench.records.matrix import Matrix
from bench.report.facts import library_table, machine_table, same_libraries
from bench.report.guarantees.answer import answer
from bench.report.guarantees.stories import FaultStory, Story, notes, stories
from bench.report.guarantees.timeline import Happening
from bench.report.guarantees.versions import run_table, server_table
from bench.report.guarantees.words import GROUPS, MEANING, WORDS
from bench.report.markdown_parts import bullets, escaped, table_of
from bench.report.sections import subject_name
from bench.text.cleaning import clean
from bench.text.numbers import MISSING
from bench.text.table import Table

__all__ = ["markdown"]


def markdown(matrix: Matrix) -> str:
    """Return the report: the answer, the matrix, versions, and a section for each fault with its evidence."""
    faults, libraries = stories(matrix), library_table(matrix)
    same = same_libraries(matrix)
    parts = [
        "# Brokerbench: what is lost, repeated and delayed",
        "\n".join(f"- **{escaped(sentence)}**" for sentence in answer(matrix)),
        bullets(notes(matrix)),
        table_of(_matrix(matrix, faults)),
        bullets(_legend()),
        table_of(server_table(matrix)),
    ]
    parts += [f"The same in every subject: {escaped(same)}."] if same else []
    parts += ["Versions that differ:", table_of(libraries)] if libraries.rows else []
    for story in faults:
        parts += _fault(story)
    parts += ["## How it was made", table_of(run_table(matrix)), table_of(machine_table(matrix))]
    return "\n\n".join(filter(None, parts)) + "\n"


def _matrix(matrix: Matrix, faults: list[FaultStory]) -> Table:
    table = Table(["", "fault", *map(subject_name, matrix.subjects)], names=2)
    for group, title in GROUPS.items():
        for number, story in enumerate(one for one in faults if one.fault.group == group):
            cells = [_word(cell) if cell else MISSING for cell in story.cells]
            table.rows.append([title if number == 0 else "", clean(story.fault.name), *cells])
    return table


def _word(cell: Story) -> str:
    return f"{cell.outcome}: {cell.detail}" if cell.detail else cell.outcome


def _legend() -> list[str]:
    return [f"{word}: {meaning}" for word, meaning in [*MEANING.items(), *WORDS.items()]]


def _fault(story: FaultStory) -> list[str]:
    fault = story.fault
    parts = [f"## {escaped(clean(fault.name))}", escaped(clean(fault.title)), escaped(clean(fault.about))]
    for cell in story.cells:
        parts += _cell(cell) if cell else []
    return parts


def _cell(cell: Story) -> list[str]:
    parts = [f"### {escaped(cell.subject)}: {cell.outcome}", escaped(cell.sentence), bullets(cell.findings)]
    parts += [f"Settings: {escaped(cell.settings)}"] if cell.settings else []
    parts += [f"By default: {escaped(cell.by_default)}"] if cell.by_default else []
    parts += [table_of(table) for table in (cell.evidence, cell.figures) if table.rows]
    if cell.timeline:
        parts += [f"Timeline of {cell.timeline_of}:", "\n".join(map(_line, cell.timeline)), bullets(cell.endings)]
    return parts


def _line(happening: Happening) -> str:
    text = escaped(happening.text)
    return f"- {happening.at_s:.3f} s: {f'**{text}**' if happening.action else text}"
