"""Renders results as one HTML page that needs no network, and of which nothing is missing without its script."""

from collections.abc import Sequence
from typing import Any

from bench.records.result import Result
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
from bench.report.method import reading
from bench.report.overview import MARKS, legend, overview
from bench.report.page import page_of
from bench.report.pictures.frame import Picture, capital
from bench.report.pictures.maps import map_pictures
from bench.report.pictures.of_section import pictures
from bench.report.pictures.strip import strip_picture
from bench.report.pictures.svg import glyph
from bench.report.record import record_of
from bench.report.sections import sections, subject_name
from bench.report.story import Chapter, chapters
from bench.report.ways import way_table
from bench.report.wording import title, warnings
from bench.text.table import Table

__all__ = ["html"]

_MOST_LEADING = 2  # metrics whose curves of a sweep stand before the table
_Drawn = tuple[Chapter, list[Picture]]


def html(*results: Result) -> str:
    """Return the page of one result or several. Text from outside is escaped."""
    one = results[0]
    return page_of(
        "report.html.j2",
        heading=title(one) if len(results) == 1 else f"{len(results)} results",
        subheading=_started(one) if len(results) == 1 else "",
        shown=[_shown(result) for result in results],
        reading=list(dict.fromkeys(sentence for result in results for sentence in reading(result))),
    )


def _shown(result: Result) -> dict[str, Any]:
    names, found = [subject_name(one) for one in result.subjects], overview(result)
    drawn = [(chapter, pictures(chapter.section, result)) for chapter in chapters(result)]
    leading = _leading(drawn, result)
    how_to_read: str = legend(result, found, MARKS)
    emulated = [one.is_emulated for one in result.subjects]
    return {
        "title": title(result),
        "started": _started(result),
        "headline": headline(result),
        "leading": leading,
        "overview": found,
        "legend": how_to_read,
        "marks": MARKS,
        "reasons": reasons(result),
        "notes": warnings(result),
        "subjects": names,
        "numbers": {name: number for number, name in enumerate(names)},
        "glyphs": {name: glyph(number, hollow=emulated[number]) for number, name in enumerate(names)},
        "chapters": _chapters(drawn, leading),
        "strip": strip_picture(result),
        "record": record_of(result),
    } | _made(result)


def _started(result: Result) -> str:
    return f"{result.started_at:%Y-%m-%d %H:%M %Z}".strip()


def _made(result: Result) -> dict[str, Any]:
    tables: Sequence[Table] = (subject_table(result), selfcheck_table(result))
    return {
        "facts": [run_table(result), machine_table(result)],
        "ways": way_table(result),
        "tables": [table for table in tables if table.rows],
        "same_libraries": same_libraries(result),
        "libraries": library_table(result),
        "settings": setting_table(result),
    }


def _leading(drawn: list[_Drawn], result: Result) -> list[Picture]:
    """Return the pictures that stand before the table: the maps, or the curves of the first metrics, of a sweep."""
    if maps := [picture for section in sections(result) for picture in map_pictures(section, result)]:
        return maps
    found = [(chapter.section.metric, one) for chapter, own in drawn for one in own if one.leads]
    metrics = [*dict.fromkeys(metric for metric, _ in found)][:_MOST_LEADING]
    return [picture for metric, picture in found if metric in metrics]


def _chapters(drawn: list[_Drawn], leading: list[Picture]) -> list[dict[str, Any]]:
    short = len({chapter.section.tier for chapter, _ in drawn}) == 1
    return [
        {
            "name": capital(chapter.section.metric) if short else chapter.title,
            "text": chapter,
            "shown": [picture for picture in own if not picture.folded and picture not in leading],
            "folded": [picture for picture in own if picture.folded],
        }
        for chapter, own in drawn
    ]
