"""Renders a result as one HTML page that needs no network and no scripts."""

from typing import Any

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
from bench.report.method import reading
from bench.report.page import page_of
from bench.report.pictures.of_section import pictures
from bench.report.story import Chapter, chapters
from bench.report.wording import notes, title
from bench.text.table import Table

__all__ = ["html"]


def html(result: Result) -> str:
    """Return the page. Text from outside is escaped."""
    return page_of(
        "report.html.j2",
        title=title(result),
        notes=notes(result),
        chapters=[_chapter(chapter, result) for chapter in chapters(result)],
        reading=reading(result),
        tables=[table for table in _made(result) if table.rows],
        same_libraries=same_libraries(result),
        libraries=library_table(result),
        settings=setting_table(result),
    )


def _made(result: Result) -> list[Table]:
    return [run_table(result), machine_table(result), selfcheck_table(result), subject_table(result)]


def _chapter(chapter: Chapter, result: Result) -> dict[str, Any]:
    drawn = pictures(chapter.section, result)
    return {
        "text": chapter,
        "shown": [picture for picture in drawn if not picture.folded],
        "folded": [picture for picture in drawn if picture.folded],
    }
