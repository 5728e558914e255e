"""Lays out the content of all reports, chapter by chapter: the answers, the figures, and how they were measured."""

from dataclasses import dataclass

from bench.records.result import Result
from bench.report.answers import Statement, answers
from bench.report.columns import heads
from bench.report.diagnoses import reason_sentences
from bench.report.fitted import without_round_trips
from bench.report.method import method
from bench.report.round_trips import round_trip_sentences
from bench.report.sections import Line, Section, sections
from bench.report.tables import section_tables
from bench.text.places import place_words
from bench.text.table import Titled

__all__ = ["Chapter", "LineGroup", "chapters"]


@dataclass(frozen=True, kw_only=True)
class LineGroup:
    """The lines of one place of a series; the title is empty without a series."""

    title: str
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """The content of one section. ``heads`` are those of its figures; empty if its figures are not rows."""

    section: Section
    title: str
    answers: list[Statement]
    heads: tuple[str, ...]
    groups: list[LineGroup]
    method: str
    tables: list[Titled]


def chapters(result: Result) -> list[Chapter]:
    """Return a chapter for each section of the result."""
    return [_chapter(section, result) for section in sections(result)]


def _chapter(section: Section, result: Result) -> Chapter:
    missing = without_round_trips(result, section.rows)
    told = [
        *reason_sentences(section, result),
        *round_trip_sentences(section, result),
        *([missing] if missing else []),
    ]
    groups = [LineGroup(title=_capital(place_words(at)), lines=lines) for at, lines in section.groups()]
    return Chapter(
        section=section,
        title=_capital(section.title),
        answers=[*answers(section, result), *map(Statement, told)],
        heads=heads(section.metric, section.rows),
        groups=groups if section.timed else [],
        method=method(section.metric, result),
        tables=section_tables(section, result),
    )


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
