"""Writes the reports of a matrix to disk, next to it."""

from pathlib import Path

from bench.records.matrix import HTML_FILE, MARKDOWN_FILE, MATRIX_FILE, Matrix
from bench.records.replacing import replace_text
from bench.report.guarantees.html import html
from bench.report.guarantees.markdown import markdown

__all__ = ["write_reports", "written_reports"]

_KEPT = f"{MATRIX_FILE} is complete"


def write_reports(matrix: Matrix, directory: Path) -> None:
    """Write ``guarantees.md`` and ``guarantees.html``.

    A concurrent reader sees either the complete old file or the complete new one. Raises NotWritten.
    """
    replace_text(directory / MARKDOWN_FILE, markdown(matrix), _KEPT)
    replace_text(directory / HTML_FILE, html(matrix), _KEPT)


def written_reports(directory: Path) -> list[Path]:
    """Return the paths of the matrix and the reports that exist."""
    return [path for name in (MATRIX_FILE, MARKDOWN_FILE, HTML_FILE) if (path := directory / name).exists()]
