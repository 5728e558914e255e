"""The reports on disk, beside the result."""

import os
from pathlib import Path

from bench.records.result import Result
from bench.records.writer import RESULT_FILE
from bench.report.html import html
from bench.report.markdown import markdown

__all__ = ["write_reports", "written_reports"]

_MARKDOWN, _HTML = "report.md", "report.html"


def write_reports(result: Result, directory: Path) -> None:
    """Write ``report.md`` and ``report.html``; a reader sees the whole old file or the whole new one."""
    _replace(directory / _MARKDOWN, markdown(result))
    _replace(directory / _HTML, html(result))


def written_reports(directory: Path) -> list[Path]:
    """Give the paths of the result and its reports that are there."""
    return [path for name in (RESULT_FILE, _MARKDOWN, _HTML) if (path := directory / name).exists()]


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
