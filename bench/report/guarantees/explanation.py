"""Explains one fault in the terminal: what happened to each task, in time order."""

import textwrap
from collections.abc import Container, Iterator

from rich.console import Console

from bench.records.matrix import FaultRecord, Matrix
from bench.report.guarantees.stories import Story, stories
from bench.report.guarantees.terminal import STYLES
from bench.report.guarantees.timeline import Happening
from bench.report.guarantees.versions import server_lines
from bench.text.cleaning import clean, terminal_text

__all__ = ["print_explanation"]

_WIDTH = 80
_TIME = 13
TextLine = tuple[str, str]
"""A line and its style."""


def print_explanation(matrix: Matrix, fault: str, labels: Container[str], console: Console) -> None:
    """Print what the fault is, then for each of these subjects the counts and what happened when."""
    width = min(_WIDTH, console.width)
    for story in stories(matrix):
        if story.fault.name == fault:
            _print(_head(story.fault, matrix, width), console)
            for subject, cell in zip(matrix.subjects, story.cells, strict=True):
                if cell and subject.label in labels:
                    _print(_cell(cell, width), console)


def _print(lines: Iterator[TextLine], console: Console) -> None:
    for text, style in lines:
        console.print(terminal_text(text, console, style), soft_wrap=True)


def _head(fault: FaultRecord, matrix: Matrix, width: int) -> Iterator[TextLine]:
    yield from _wrapped(f"{clean(fault.name)}: {clean(fault.title)}", width, style="bold")
    yield from _wrapped(clean(fault.about), width)
    if not fault.promised:
        yield "No tier promises anything here.", ""
    for line in server_lines(matrix):
        yield from _wrapped(line, width, style="dim")


def _cell(cell: Story, width: int) -> Iterator[TextLine]:
    yield "", ""
    yield from _wrapped(
        f"{cell.subject} ({cell.tier} tier): {cell.outcome}", width, style=f"bold {STYLES[cell.outcome]}"
    )
    for text in [cell.sentence, *cell.findings]:
        yield from _wrapped(text, width)
    for name, text in (("Settings", cell.settings), ("By default", cell.by_default)):
        yield from _wrapped(f"{name}: {text}" if text else "", width, style="dim")
    if cell.timeline:
        yield from _wrapped(f"Timeline of {cell.timeline_of}; > marks what the harness did.", width, style="dim")
    for happening in cell.timeline:
        yield from _happening(happening, width)
    for ending in cell.endings:
        yield from _wrapped(ending, width)


def _happening(happening: Happening, width: int) -> Iterator[TextLine]:
    time = f"{happening.at_s:{_TIME - 5}.3f} s "
    mark = ">" if happening.action else " "
    lines = textwrap.wrap(happening.text, width - _TIME) or [""]
    yield f"{time}{mark} {lines[0]}".rstrip(), "bold" if happening.action else ""
    for line in lines[1:]:
        yield f"{'':{_TIME}}{line}", "bold" if happening.action else ""


def _wrapped(text: str, width: int, style: str = "") -> Iterator[TextLine]:
    for line in textwrap.wrap(text, width, break_on_hyphens=False):
        yield line, style
