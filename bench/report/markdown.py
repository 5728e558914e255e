"""The result as GitHub-flavoured Markdown."""

import re

from bench.records.result import Result
from bench.report.facts import (
    Table,
    library_table,
    machine_table,
    run_table,
    same_libraries,
    setting_table,
    subject_table,
)
from bench.report.sections import Line, Section, figure_heads, sections
from bench.report.wording import READING, answers, method, notes, title

__all__ = ["markdown"]

_SPECIAL = re.compile(r"([\\`*\[\]|~#!])")


def markdown(result: Result) -> str:
    """Give the whole report. What others wrote is escaped: it makes no link, no picture and no HTML."""
    parts = [f"# Brokerbench: {_escaped(title(result))}"]
    parts += [_list(notes(result))]
    for section in sections(result):
        parts += _section(section, result)
    parts += ["## How to read it", _list(READING)]
    parts += ["## How it was made", _table(run_table(result)), _table(machine_table(result))]
    parts += [_table(subject_table(result)), *_libraries(result), *_settings(result)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _section(section: Section, result: Result) -> list[str]:
    head = ["subject", *figure_heads(section.metric), "ratio", "could see"]
    table = Table(head, [_row(line, len(head)) for line in section.lines])
    return [
        f"## {section.title.capitalize()}",
        "\n".join(f"**{_escaped(sentence)}**  " for sentence in answers(section, result.margin)).rstrip(),
        _table(table),
        _escaped(method(section.metric, result)),
    ]


def _row(line: Line, width: int) -> list[str]:
    if not line.measured:
        return [line.name, line.note(), *[""] * (width - 2)]
    name = f"{line.name}: {line.note()}" if line.note() else line.name
    return [name, *map(str, line.figures()), str(line.comparison()), line.seen()]


def _libraries(result: Result) -> list[str]:
    same, table = same_libraries(result), library_table(result)
    parts = [f"The same in every subject: {_escaped(same)}."] if same else []
    return [*parts, "Versions that differ:", _table(table)] if table.rows else parts


def _settings(result: Result) -> list[str]:
    table = setting_table(result)
    if not table.rows:
        return ["No setting differs between the subjects."]
    return ["Settings that differ:", _table(table)]


def _table(table: Table) -> str:
    rows = [_cells(row) for row in table.rows]
    return "\n".join([_cells(table.head), "| --- " * len(table.head) + "|", *rows])


def _cells(cells: list[str]) -> str:
    return f"| {' | '.join(map(_escaped, cells))} |"


def _list(sentences: tuple[str, ...] | list[str]) -> str:
    return "\n".join(f"- {_escaped(sentence)}" for sentence in sentences)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
