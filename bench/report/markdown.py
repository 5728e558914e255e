"""Renders a result as GitHub-flavoured Markdown."""

from bench.records.result import Result
from bench.report.caveats import caveats
from bench.report.diagnoses import reasons
from bench.report.facts import (
    library_table,
    machine_table,
    run_table,
    same_libraries,
    selfcheck_table,
    setting_table,
    subject_table,
)
from bench.report.headline import headline
from bench.report.maps import maps
from bench.report.markdown_parts import bullets, escaped, folded, row_of, table_of
from bench.report.method import reading
from bench.report.overview import MARKS, OverviewCell, OverviewRow, legend, overview
from bench.report.sections import Line, sections
from bench.report.story import Chapter, chapters
from bench.report.ways import way_table
from bench.report.wording import title, warnings
from bench.text.numbers import MISSING
from bench.text.table import Table, Titled

__all__ = ["markdown"]


def markdown(result: Result) -> str:
    """Return the report. Text from outside is escaped: it cannot become a link, a picture or HTML."""
    parts = [f"# Brokerbench: {escaped(title(result))}", *_answer(result)]
    for chapter in chapters(result):
        parts += _chapter(chapter)
    parts += folded("How to read it", [bullets(reading(result))])
    check = selfcheck_table(result)
    made = [table_of(run_table(result)), table_of(machine_table(result)), table_of(check) if check.rows else ""]
    ways = _titled(way_table(result)) if way_table(result).table.rows else []
    parts += folded(
        "How it was made", [*made, table_of(subject_table(result)), *ways, *_libraries(result), *_settings(result)]
    )
    return "\n\n".join(filter(None, parts)) + "\n"


def _answer(result: Result) -> list[str]:
    """Return the headline, the overview, and what to know about its figures."""
    found, left_out = overview(result), caveats(result)
    said = [escaped(text) if text in left_out else f"**{escaped(text)}**" for text in headline(result)]
    head = ["subject", "tier", *(["at"] if any(row.at for row in found.rows) else []), *found.columns]
    table = Table(head, [_overview_row(row, at="at" in head[:3]) for row in found.rows])
    notes = [*found.notes, *warnings(result)]
    shown = [table_of(table), escaped(legend(result, found, MARKS))] if found.columns else []
    if any(maps(section, result) for section in sections(result)):
        shown = folded("The figures at every point", shown)
    why = [f"Why these figures:\n\n{bullets(told)}"] if (told := reasons(result)) else []
    return ["\n".join(f"- {text}" for text in said), *shown, *why, bullets(notes)]


def _overview_row(row: OverviewRow, *, at: bool) -> list[str]:
    return [row.subject, row.tier, *([row.at] if at else []), *map(_overview_cell, row.cells)]


def _overview_cell(cell: OverviewCell | None) -> str:
    if cell is None:
        return MISSING
    interval = f"({cell.interval})" if cell.interval else ""
    ratio = " ".join(filter(None, (MARKS.get(cell.verdict, ""), cell.ratio, interval)))
    return ", ".join(filter(None, (cell.value, ratio)))


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
