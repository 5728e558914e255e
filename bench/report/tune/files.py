"""Writes a tuning and its reports: JSON, Markdown, HTML, and the lines to copy."""

from collections.abc import Callable
from pathlib import Path

from bench.records.replacing import replace_text
from bench.records.tune import (
    TUNE_FILE,
    TUNE_FRAGMENT_FILE,
    TUNE_HTML_FILE,
    TUNE_MARKDOWN_FILE,
    TuneRecord,
)
from bench.report.markdown_parts import bullets, escaped, folded, table_of
from bench.report.page import page_of
from bench.report.tune.pictures import curve_pictures, tried_pictures
from bench.report.tune.sentences import answer, bad, good, notes_of, reading_of
from bench.report.tune.tables import (
    ablation_table,
    figure_table,
    left_out_table,
    line_table,
    made_table,
    promise_table,
    shown_figures,
    stage_table,
    tried_table,
)
from bench.report.tune.words import title_of
from bench.report.wording import joined
from bench.text.cleaning import clean
from bench.text.numbers import ratio_figure
from brokers.outside import safe_text

__all__ = ["tune_html", "tune_markdown", "write_tuning"]


def write_tuning(record: TuneRecord, directory: Path) -> list[Path]:
    """Write ``tune.json``, ``tune.md``, ``tune.html`` and the lines to copy, if there are some. Raises NotWritten.

    Return their paths. The lines are ``celeryconfig.py``, and ``server-lines.txt`` for the server.
    """
    texts: dict[str, Callable[[], str]] = {
        TUNE_FILE: lambda: record.model_dump_json() + "\n",  # first: everything else can be made from it
        TUNE_FRAGMENT_FILE: lambda: record.fragment,
        "server-lines.txt": lambda: record.server_lines,
        TUNE_MARKDOWN_FILE: lambda: tune_markdown(record),
        TUNE_HTML_FILE: lambda: tune_html(record),
    }
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, make in texts.items():
        if text := make():
            replace_text(directory / name, text)
            written.append(directory / name)
    return written


def _title(record: TuneRecord) -> str:
    return f"{title_of(record)}, tuned for {joined([part.name for part in record.goal.parts])}"


def tune_markdown(record: TuneRecord) -> str:
    """Return the report. Text from outside is escaped."""
    head, *rest = answer(record)
    parts = [
        f"# Brokerbench: {escaped(_title(record))}",
        f"**{escaped(head)}**",
        bullets(rest),
        *(table_of(table) for table in (line_table(record), figure_table(record)) if table.rows),
        *_code(record),
        *(["## Guarantees", table_of(table)] if (table := promise_table(record)).rows else []),
        "## What was tried",
        table_of(tried_table(record)),
        escaped(reading_of(record)),
        *(["## What was taken out", table_of(table)] if (table := ablation_table(record)).rows else []),
        bullets(notes_of(record)),
        *(folded("What was not tried, and why", [table_of(table)]) if (table := left_out_table(record)).rows else []),
        "## How it was made",
        table_of(stage_table(record)),
        table_of(made_table(record)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _code(record: TuneRecord) -> list[str]:
    """Return the lines to copy, indented: nothing in them can end the block."""
    told = []
    for text, where in ((record.fragment, "your Celery configuration"), (record.server_lines, record.server_file)):
        if text:
            lines = [f"    {line}" for line in safe_text(text).splitlines()]
            told += [f"Copy into {escaped(where)}:", "\n".join(lines)]
    return told


def tune_html(record: TuneRecord) -> str:
    """Return the page with its pictures; it needs no network."""
    head, *rest = answer(record)
    return page_of(
        "tune.html.j2",
        title=_title(record),
        verdict="improved" if good(record) else "regressed" if bad(record) else "inconclusive",
        head=head,
        rest=rest,
        notes=notes_of(record),
        lines=line_table(record),
        gains=[ratio_figure(line.contribution) for line in record.lines],
        certain=[line.contribution is not None and line.contribution.is_certain for line in record.lines],
        figures=figure_table(record),
        shown=list(shown_figures(record)),
        fragment=safe_text(record.fragment),
        server_lines=safe_text(record.server_lines),
        server_file=clean(record.server_file),
        promises=promise_table(record),
        tried=tried_pictures(record),
        curves=curve_pictures(record),
        tried_table=tried_table(record),
        reading=reading_of(record),
        ablated=ablation_table(record),
        left_out=left_out_table(record),
        stages=stage_table(record),
        made=made_table(record),
    )
