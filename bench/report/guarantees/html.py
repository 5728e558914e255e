"""Renders a matrix of guarantees as one HTML page that needs no network and no scripts."""

from typing import Any

from bench.records.matrix import Matrix
from bench.report.facts import library_table, machine_table, same_libraries
from bench.report.guarantees.stories import FaultStory, notes, stories
from bench.report.guarantees.versions import run_table, server_table
from bench.report.guarantees.words import GROUPS, MEANING, WORDS
from bench.report.page import page_of
from bench.report.sections import subject_name
from bench.text.cleaning import clean

__all__ = ["html"]


def html(matrix: Matrix) -> str:
    """Return the page. Text from outside is escaped."""
    faults = stories(matrix)
    return page_of(
        "guarantees.html.j2",
        notes=notes(matrix),
        servers=server_table(matrix),
        same_libraries=same_libraries(matrix),
        libraries=library_table(matrix),
        subjects=[{"name": subject_name(subject), "tier": subject.tier} for subject in matrix.subjects],
        groups=[group for group in _groups(faults) if group["faults"]],
        meaning=MEANING,
        words=WORDS,
        tables=[run_table(matrix), machine_table(matrix)],
    )


def _groups(faults: list[FaultStory]) -> list[dict[str, Any]]:
    return [
        {"title": title, "faults": [_fault(story) for story in faults if story.fault.group == group]}
        for group, title in GROUPS.items()
    ]


def _fault(story: FaultStory) -> dict[str, Any]:
    fault = story.fault
    return {
        "name": clean(fault.name),
        "title": clean(fault.title),
        "about": clean(fault.about).split("`"),
        "promised": fault.promised,
        "cells": story.cells,
    }
