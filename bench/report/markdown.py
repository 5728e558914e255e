"""The result as GitHub-flavoured Markdown."""

import re

from bench.records.result import Result
from bench.report.facts import (
    Table,
    library_table,
    machine_table,
    run_table,
    same_libraries,
    selfcheck_table,
    setting_table,
    subject_table,
)
from bench.report.method import reading
from bench.report.sections import Line
from bench.report.story import Chapter, chapters
from bench.report.tables import Titled
from bench.report.wording import notes, title

__all__ = ["markdown"]

_SPECIAL = re.compile(r"([\\`*\[\]|~#!])")


def markdown(result: Result) -> str:
    """Give the whole report. What others wrote is escaped: it makes no link, no picture and no HTML."""
    parts = [f"# Brokerbench: {_escaped(title(result))}"]
    parts += [_list(notes(result))]
    for chapter in chapters(result):
        parts += _chapter(chapter)
    parts += ["## How to read it", _list(reading(result))]
    parts += ["## How it was made", _table(run_table(result)), _table(machine_table(result))]
    check = selfcheck_table(result)
    parts += [_table(check)] if check.rows else []
    parts += [_table(subject_table(result)), *_libraries(result), *_settings(result)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _chapter(chapter: Chapter) -> list[str]:
    return [
        f"## {_escaped(chapter.title)}",
        "\n".join(f"**{_escaped(answer.text)}**  " for answer in chapter.answers).rstrip(),
        _lines(chapter),
        _escaped(chapter.method),
        *(part for titled in chapter.tables for part in _titled(titled)),
    ]


def _lines(chapter: Chapter) -> str:
    if not chapter.groups:
        return ""
    lines = [line for group in chapter.groups for line in group.lines]
    at = ["at"] if any(line.where for line in lines) else []
    head = ["subject", *at, *chapter.heads, "ratio", "could see"]
    rows = [_cells(head), "| --- " * len(head) + "|"]
    return "\n".join([*rows, *(_row(line, [line.where] if at else [], chapter.heads) for line in lines)])


def _row(line: Line, at: list[str], heads: tuple[str, ...]) -> str:
    name = f"{line.name}: {line.note()}" if line.measured and line.note() else line.name
    if not line.measured:
        return _cells([name, *at, line.note(), *[""] * (len(heads) + 1)])
    figures = [_escaped(str(figure)) for figure in line.figures(heads)]
    if line.void:
        figures = [f"~~{figure}~~" for figure in figures]
    row = [*map(_escaped, [name, *at]), *figures, *map(_escaped, [str(line.comparison()), line.seen()])]
    return f"| {' | '.join(row)} |"


def _titled(titled: Titled) -> list[str]:
    caption = f"### {titled.caption}" if titled.caption else ""
    return [part for part in (caption, _table(titled.table), _escaped(titled.note)) if part]


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


def _list(sentences: list[str]) -> str:
    return "\n".join(f"- {_escaped(sentence)}" for sentence in sentences)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
