"""The reports on disk, beside the result."""

from pathlib import Path

from bench.records.replacing import replace_text
from bench.records.result import Result
from bench.records.writer import RESULT_FILE
from bench.report.hdr import hdr_interval_log, hdr_intervals
from bench.report.html import html
from bench.report.markdown import markdown

__all__ = ["write_reports", "written_reports"]

_MARKDOWN, _HTML = "report.md", "report.html"
_HDR = "histograms.hlog"


def write_reports(result: Result, directory: Path) -> None:
    """Write ``report.md``, ``report.html`` and, where there are histograms, ``histograms.hlog``.

    A reader sees the whole old file or the whole new one.
    """
    replace_text(directory / _MARKDOWN, markdown(result))
    replace_text(directory / _HTML, html(result))
    if intervals := hdr_intervals(result):
        replace_text(directory / _HDR, hdr_interval_log(intervals, result.started_at))


def written_reports(directory: Path) -> list[Path]:
    """Give the paths of the result and its reports that are there."""
    return [path for name in (RESULT_FILE, _MARKDOWN, _HTML, _HDR) if (path := directory / name).exists()]
