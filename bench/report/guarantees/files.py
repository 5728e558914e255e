"""The reports of a matrix on disk, beside it."""

from pathlib import Path

from bench.records.matrix import MATRIX_FILE, Matrix
from bench.records.replacing import replace_text
from bench.report.guarantees.html import html
from bench.report.guarantees.markdown import markdown

__all__ = ["write_reports", "written_reports"]

_MARKDOWN, _HTML = "guarantees.md", "guarantees.html"


def write_reports(matrix: Matrix, directory: Path) -> None:
    """Write ``guarantees.md`` and ``guarantees.html``; a reader sees the whole old file or the whole new one."""
    replace_text(directory / _MARKDOWN, markdown(matrix))
    replace_text(directory / _HTML, html(matrix))


def written_reports(directory: Path) -> list[Path]:
    """Give the paths of the matrix and its reports that are there."""
    return [path for name in (MATRIX_FILE, _MARKDOWN, _HTML) if (path := directory / name).exists()]
