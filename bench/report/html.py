"""The result as one HTML page that asks nothing of the network and needs no script."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from bench.records.result import Result
from bench.report.facts import (
    library_table,
    machine_table,
    run_table,
    same_libraries,
    setting_table,
    subject_table,
)
from bench.report.pictures import pictures
from bench.report.sections import Section, figure_heads, sections
from bench.report.wording import READING, answers, method, notes, title

__all__ = ["html"]


def html(result: Result) -> str:
    """Give the whole page. What others wrote is escaped."""
    environment = Environment(
        loader=PackageLoader("bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        title=title(result),
        notes=notes(result),
        sections=[_section(section, result) for section in sections(result)],
        reading=READING,
        tables=[run_table(result), machine_table(result), subject_table(result)],
        same_libraries=same_libraries(result),
        libraries=library_table(result),
        settings=setting_table(result),
    )


def _section(section: Section, result: Result) -> dict[str, Any]:
    return {
        "title": section.title.capitalize(),
        "answers": answers(section, result.margin),
        "heads": figure_heads(section.metric),
        "lines": section.lines,
        "method": method(section.metric, result),
        "pictures": pictures(section, result),
    }
