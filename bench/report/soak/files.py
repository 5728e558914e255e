"""Writes a soak and its reports: JSON, Markdown and HTML."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.guarantees.soak.quantities import Quantity, quantity_named
from bench.records.figures import Estimate
from bench.records.replacing import replace_text
from bench.records.soak import SOAK_FILE, SOAK_HTML_FILE, SOAK_MARKDOWN_FILE, Drift, Soak, SoakRun
from bench.report.markdown_parts import bullets, escaped, table_of
from bench.report.page import page_of
from bench.report.pictures.frame import Picture
from bench.report.pictures.ordered import Ordered, draw_ordered
from bench.report.soak.sentences import answer, length_of, level, notes_of, reading_of, run_sentence
from bench.report.soak.table import table_of_drifts, table_of_tasks
from bench.text.cleaning import clean, clean_value
from bench.text.numbers import time_left
from bench.text.table import Table

__all__ = ["soak_html", "soak_markdown", "write_soak"]

_MOST_MARKS = 60


def write_soak(soak: Soak, directory: Path) -> None:
    """Write ``soak.json``, ``soak.md`` and ``soak.html``. Raises NotWritten."""
    texts = {
        SOAK_FILE: soak.model_dump_json() + "\n",
        SOAK_MARKDOWN_FILE: soak_markdown(soak),
        SOAK_HTML_FILE: soak_html(soak),
    }
    for name, text in texts.items():
        replace_text(directory / name, text)


def soak_markdown(soak: Soak) -> str:
    """Return the report. Text from outside is escaped."""
    head, *rest = answer(soak)
    parts = [
        "# Brokerbench: a soak",
        f"**{escaped(head)}**",
        bullets(rest),
        table_of(table_of_tasks(soak)),
        table_of(table_of_drifts(soak)),
        escaped(reading_of()),
        bullets(notes_of(soak)),
        "## How it was made",
        table_of(_made(soak)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def soak_html(soak: Soak) -> str:
    """Return the page with its pictures; it needs no network."""
    head, *rest = answer(soak)
    return page_of(
        "soak.html.j2",
        head=head,
        rest=rest,
        notes=notes_of(soak),
        tasks=table_of_tasks(soak),
        drifts=table_of_drifts(soak),
        reading=reading_of(),
        sections=[_section(run) for run in soak.runs if run.readings],
        made=_made(soak),
    )


@dataclass(frozen=True)
class _Section:
    """The part of a page about one subject: its sentence, and a picture of each quantity."""

    name: str
    sentence: str
    drifting: list[Picture]
    others: list[Picture]


def _section(run: SoakRun) -> _Section:
    drawn = [(drift.verdict, _picture(run, drift, quantity_named(drift.quantity))) for drift in run.drifts]
    return _Section(
        name=clean(run.subject),
        sentence=run_sentence(run),
        drifting=[picture for verdict, picture in drawn if verdict == "drifts"],
        others=[picture for verdict, picture in drawn if verdict != "drifts"],
    )


def _picture(run: SoakRun, drift: Drift, quantity: Quantity) -> Picture:
    points = _points(run, quantity)
    unit = _unit(points, quantity)
    caption = f"{clean(run.subject)}: {quantity.short}{', drifts' if drift.verdict == 'drifts' else ''}"
    ordered = Ordered(
        caption=caption,
        description=f"{quantity.words} over {run.accepted:,} tasks",
        figures=[Estimate(value=value / unit) for _, value in points],
        labels={0: f"{points[0][0]:,} tasks", len(points) - 1: f"{points[-1][0]:,} tasks"},
        places=[f"{tasks:,} tasks" for tasks, _ in points],
        what=quantity.words,
        name=lambda value: level(value * unit, quantity) if value else "0",
    )
    rows = [[f"{tasks:,}", level(value, quantity)] for tasks, value in points]
    method = f"{quantity.words[:1].upper()}{quantity.words[1:]}, as the tasks went on."
    table = Table(["after tasks", quantity.short], rows)
    return Picture(drawing=draw_ordered(ordered), caption=caption, method=method, table=table)


def _unit(points: list[tuple[int, float]], quantity: Quantity) -> int:
    """Return the unit in which round numbers are round for a reader: bytes, KiB, MiB or GiB; 1 for what is counted."""
    if quantity.unit != "bytes":
        return 1
    most = max(value for _, value in points)
    return next((unit for unit in (1 << 30, 1 << 20, 1 << 10) if most >= unit), 1)


def _points(run: SoakRun, quantity: Quantity) -> list[tuple[int, float]]:
    """Return the readings, or if there are many, the medians of neighbours, each with its number of tasks."""
    known = [(one.tasks, value) for one in run.readings if (value := one.value(quantity.name)) is not None]
    each = -(-len(known) // _MOST_MARKS)
    groups = [known[start : start + each] for start in range(0, len(known), each)]
    return [(group[-1][0], median(value for _, value in group)) for group in groups]


def _made(soak: Soak) -> Table:
    machine = soak.environment
    servers = {
        f"server of {clean(one.label)}": f"{clean(one.server.software)} {clean(one.server.version)}"
        for one in soak.subjects
        if one.server
    }
    settings = {
        f"settings of {clean(run.subject)}": ", ".join(
            f"{clean(name)}={clean_value(name, value)}" for name, value in run.settings.items()
        )
        for run in soak.runs
        if run.settings
    }
    task = clean(f"{soak.users_task.task} of {soak.users_task.app}") if soak.users_task else "tasks.noop"
    rows = {
        "started (UTC)": f"{soak.started_at:%Y-%m-%d %H:%M}",
        "took": time_left(soak.duration_s),
        "each subject": length_of(soak),
        "task": task,
        **servers,
        **settings,
        "machine": f"{clean(machine.cpu_model)}, {machine.cores_allowed} cores, {clean(machine.system)}",
        "Python": clean(machine.python),
        "Brokerbench": clean(machine.brokerbench),
    }
    return Table(["", ""], [[name, value] for name, value in rows.items() if value])
