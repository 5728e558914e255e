"""Where the tasks' time went, by subject and place."""

from collections.abc import Iterable
from typing import get_args

from bench.records.figures import PhaseFigure
from bench.records.result import Result
from bench.records.turns import Phase, Place
from bench.report.places import place_key
from bench.report.sections import Line

__all__ = ["acknowledges_late", "by_place", "in_sequence", "phases_of"]

_ORDER = {phase: number for number, phase in enumerate(get_args(Phase))}


def phases_of(line: Line, result: Result) -> list[PhaseFigure]:
    """Return the phases of a line's subject."""
    return [one for one in result.phases if one.subject == line.subject.label]


def by_place(phases: Iterable[PhaseFigure]) -> list[tuple[Place, list[PhaseFigure]]]:
    """Return a subject's phases at each place, in the order in which a task goes through them."""
    found: dict[object, tuple[Place, list[PhaseFigure]]] = {}
    for one in phases:
        found.setdefault(place_key(one.at), (one.at, []))[1].append(one)
    return [(at, sorted(here, key=lambda one: _ORDER[one.phase])) for at, here in found.values()]


def in_sequence(phases: Iterable[PhaseFigure]) -> list[tuple[Place, list[PhaseFigure]]]:
    """Return those phases that follow each other up to the task's end: all but the acknowledgement."""
    return by_place(one for one in phases if one.phase != "acknowledge")


def acknowledges_late(line: Line) -> bool:
    """Return whether the subject's worker acknowledges a task after its run, and not before it."""
    return bool(line.subject.settings.get("task_acks_late"))
