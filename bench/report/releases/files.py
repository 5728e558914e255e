"""Writes a history of releases and its reports: JSON, Markdown and HTML."""

from pathlib import Path

from bench.records.releases import RELEASES_FILE, RELEASES_HTML_FILE, RELEASES_MARKDOWN_FILE, Releases
from bench.records.replacing import replace_text
from bench.report.markdown_parts import bullets, escaped, table_of
from bench.report.page import page_of
from bench.report.pictures.frame import Picture, namer
from bench.report.pictures.ordered import Ordered, draw_ordered
from bench.report.releases.sentences import (
    answer,
    engine_of,
    notes_of,
    reading_of,
    step_sentence,
    title_of,
    what_of,
)
from bench.report.releases.table import RATIO_HEADS, shown_releases, table_of_releases
from bench.text.cleaning import clean
from bench.text.table import Table

__all__ = ["releases_html", "releases_markdown", "write_releases"]


def write_releases(releases: Releases, directory: Path) -> list[Path]:
    """Write ``releases.json``, ``releases.md`` and ``releases.html``, and return their paths. Raises NotWritten."""
    texts = {
        RELEASES_FILE: releases.model_dump_json() + "\n",
        RELEASES_MARKDOWN_FILE: releases_markdown(releases),
        RELEASES_HTML_FILE: releases_html(releases),
    }
    for name, text in texts.items():
        replace_text(directory / name, text)
    return [directory / name for name in texts]


def releases_markdown(releases: Releases) -> str:
    """Return the report. Text from outside is escaped."""
    head, *rest = answer(releases)
    parts = [
        f"# Brokerbench: {escaped(title_of(releases))}",
        f"**{escaped(head)}**",
        bullets(rest),
        table_of(table_of_releases(releases)),
        escaped(reading_of(releases, beneath=False)),
        bullets(notes_of(releases)),
        "## How it was made",
        table_of(_made(releases)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def releases_html(releases: Releases) -> str:
    """Return the page with its picture; it needs no network."""
    head, *rest = answer(releases)
    return page_of(
        "releases.html.j2",
        title=title_of(releases),
        head=head,
        rest=rest,
        worse={step_sentence(step): step.worse for step in releases.steps},
        notes=notes_of(releases),
        picture=_picture(releases),
        heads=[what_of(releases), *RATIO_HEADS],
        shown=list(shown_releases(releases)),
        reading=reading_of(releases, beneath=True),
        made=_made(releases),
    )


def _picture(releases: Releases) -> Picture:
    metric, what = engine_of(releases), what_of(releases)
    names = [row.release for row in releases.rows]
    places = {names.index(step.release): clean(step.release) for step in releases.steps}
    ordered = Ordered(
        caption=title_of(releases),
        description=f"{what} of {len(names)} releases, from the oldest to the newest",
        figures=[row.figure for row in releases.rows],
        labels={0: clean(names[0]), len(names) - 1: clean(names[-1])} | places,
        places=[clean(name) for name in names],
        changes=list(places),
        what=what,
        name=namer(metric),
    )
    method = (
        f"{what.capitalize()}, with 95 % intervals, from the oldest release to the newest. "
        "A vertical line is a change of level; a release without a mark was not measured."
    )
    return Picture(drawing=draw_ordered(ordered), caption=title_of(releases), method=method, table=None)


def _made(releases: Releases) -> Table:
    machine = releases.environment
    server = releases.server
    rows = [
        ["started (UTC)", f"{releases.started_at:%Y-%m-%d %H:%M}"],
        ["took", f"{releases.duration_s:.0f} s of {releases.budget_s:.0f} s"],
        ["sets of fresh processes", str(releases.generations)],
        ["server", f"{clean(server.software)} {clean(server.version)}" if server else ""],
        ["task", clean(f"{releases.workload.task} of {releases.workload.app}")],
        ["with every release", clean(releases.also)],
        ["the same for all", ", ".join(f"{clean(name)} {clean(one)}" for name, one in releases.alike.items())],
        ["machine", f"{clean(machine.cpu_model)}, {machine.cores_allowed} cores, {clean(machine.system)}"],
        ["Python", clean(machine.python)],
        ["Brokerbench", clean(machine.brokerbench)],
        ["seed", str(releases.seed)],
    ]
    return Table(["", ""], [row for row in rows if row[1]])
