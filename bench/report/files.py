"""Writes the reports to disk, next to the result."""

from collections.abc import Sequence
from pathlib import Path

from bench.records.replacing import replace_text
from bench.records.result import HDR_FILE, HTML_FILE, MARKDOWN_FILE, RESULT_FILE, Result
from bench.report.hdr import hdr_interval_log, hdr_intervals
from bench.report.html import html
from bench.report.markdown import markdown

__all__ = ["write_page", "write_reports", "written_reports"]

_KEPT = f"{RESULT_FILE} is complete"


def write_reports(result: Result, directory: Path) -> None:
    """Write ``report.md``, ``report.html`` and, if there are histograms, ``histograms.hlog``.

    A concurrent reader sees either the complete old file or the complete new one. Raises NotWritten.
    """
    replace_text(directory / MARKDOWN_FILE, markdown(result), _KEPT)
    replace_text(directory / HTML_FILE, html(result), _KEPT)
    if intervals := hdr_intervals(result):
        replace_text(directory / HDR_FILE, hdr_interval_log(intervals, result.started_at), _KEPT)


def write_page(results: Sequence[Result], directory: Path) -> None:
    """Write one ``report.html`` of several results. Raises NotWritten."""
    replace_text(directory / HTML_FILE, html(*results))


def written_reports(directory: Path) -> list[Path]:
    """Return the paths of the result and the reports that exist."""
    return [path for name in (RESULT_FILE, MARKDOWN_FILE, HTML_FILE, HDR_FILE) if (path := directory / name).exists()]
