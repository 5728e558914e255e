"""Renders a result as GitHub-flavoured Markdown."""

from bench.records.result import Result
from bench.report.facts import (
    library_table,
    machine_table,
    run_table,
    same_libraries,
    selfcheck_table,
    setting_table,
    subject_table,
)
from bench.report.markdown_parts import bullets, escaped, row_of, table_of
from bench.report.method import reading
from bench.report.sections import Line
from bench.report.story import Chapter, chapters
from bench.report.wording import notes, title
from bench.text.table import Titled

__all__ = ["markdown"]


def markdown(result: Result) -> str:
    """Return the report. Text from outside is escaped: it cannot become a link, a picture or HTML."""
    parts = [f"# Brokerbench: {escaped(title(result))}"]
    parts += [bullets(notes(result))]
    for chapter in chapters(result):
        parts += _chapter(chapter)
    parts += ["## How to read it", bullets(reading(result))]
    parts += ["## How it was made", table_of(run_table(result)), table_of(machine_table(result))]
    check = selfcheck_table(result)
    parts += [table_of(check)] if check.rows else []
    parts += [table_of(subject_table(result)), *_libraries(result), *_settings(result)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _chapter(chapter: Chapter) -> list[str]:
    return [
        f"## {escaped(chapter.title)}",
        "\n".join(f"**{escaped(answer.text)}**  " for answer in chapter.answers).rstrip(),
        _lines(chapter),
        escaped(chapter.method),
        *(part for titled in chapter.tables for part in _titled(titled)),
    ]


def _lines(chapter: Chapter) -> str:
    if not chapter.groups:
        return ""
    lines = [line for group in chapter.groups for line in group.lines]
    at = ["at"] if any(line.where for line in lines) else []
    head = ["subject", *at, *chapter.heads, "ratio", "could see"]
    rows = [row_of(head), "| --- " * len(head) + "|"]
    return "\n".join([*rows, *(_row(line, [line.where] if at else [], chapter.heads) for line in lines)])


def _row(line: Line, at: list[str], heads: tuple[str, ...]) -> str:
    name = f"{line.name}: {line.note()}" if line.measured and line.note() else line.name
    if not line.measured:
        return row_of([name, *at, line.note(), *[""] * (len(heads) + 1)])
    figures = [escaped(str(figure)) for figure in line.figures(heads)]
    if line.void:
        figures = [f"~~{figure}~~" for figure in figures]
    row = [*map(escaped, [name, *at]), *figures, *map(escaped, [str(line.comparison()), line.seen()])]
    return f"| {' | '.join(row)} |"


def _titled(titled: Titled) -> list[str]:
    caption = f"### {titled.caption}" if titled.caption else ""
    return [part for part in (caption, table_of(titled.table), escaped(titled.note)) if part]


def _libraries(result: Result) -> list[str]:
    same, table = same_libraries(result), library_table(result)
    parts = [f"The same in every subject: {escaped(same)}."] if same else []
    return [*parts, "Versions that differ:", table_of(table)] if table.rows else parts


def _settings(result: Result) -> list[str]:
    table = setting_table(result)
    if not table.rows:
        return ["No setting differs between the subjects."]
    return ["Settings that differ:", table_of(table)]
