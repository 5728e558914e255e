"""The result as one HTML page that asks nothing of the network and needs no script."""

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

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
from bench.report.pictures import pictures
from bench.report.story import Chapter, chapters
from bench.report.wording import notes, title

__all__ = ["html"]

_UNIT = re.compile(r"(?<=\d) (?=%|[num]?s\b|[KMG]iB\b|bytes\b)")


def html(result: Result) -> str:
    """Give the whole page. What others wrote is escaped."""
    environment = Environment(
        loader=PackageLoader("bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken"] = _unbroken
    return environment.get_template("report.html.j2").render(
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


def _unbroken(text: str) -> str:
    """Keep a number and its unit on one line."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", text)


def _chapter(chapter: Chapter, result: Result) -> dict[str, Any]:
    drawn = pictures(chapter.section, result)
    return {
        "told": chapter,
        "shown": [picture for picture in drawn if not picture.folded],
        "folded": [picture for picture in drawn if picture.folded],
    }
