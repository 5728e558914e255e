"""The tables of a tuning, for the terminal, Markdown and HTML."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.records.tune import Tried, TuneLine, TuneRecord
from bench.report.tune.words import figure_of, named, short, value_text
from bench.text.cleaning import clean
from bench.text.numbers import MISSING, Figure, ratio_figure, timeout_text
from bench.text.table import Table

__all__ = [
    "Shown",
    "ablation_table",
    "figure_table",
    "left_out_table",
    "line_table",
    "made_table",
    "ordered",
    "promise_table",
    "shown_figures",
    "stage_table",
    "tried_table",
    "what_came",
]

VERDICTS = {
    "kept": "as before",
    "traded": "TRADED AWAY",
    "better": "better",
    "unclear": "unclear",
    "not played": "not played",
}


def contribution_text(line: TuneLine) -> str:
    """Return what a line contributes; with ``?`` if that is not certain."""
    certain = line.contribution is not None and line.contribution.is_certain
    return f"{ratio_figure(line.contribution)}{'' if certain else ' ?'}"


def line_table(record: TuneRecord) -> Table:
    """Return each setting of the smallest difference, with what it contributes."""
    alone = len(record.lines) == 1
    table = Table(["setting", "today", "new", "gain" if alone else "gain of adding it"])
    for line in record.lines:
        setting = line.setting
        table.rows.append(
            [
                clean(setting.name),
                value_text(setting.name, setting.before),
                value_text(setting.name, setting.value),
                contribution_text(line),
            ]
        )
    return table


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A figure of the confirmation with the present settings and with the new ones; ``verdict`` is that of a limit."""

    name: str
    present: Figure
    tuned: Figure
    verdict: str = ""


def shown_figures(record: TuneRecord) -> Iterator[Shown]:
    """Yield the figures of the confirmation, then those that have a limit."""
    for one in record.figures:
        yield Shown(
            name=clean(one.figure), present=figure_of(one.name, one.present), tuned=figure_of(one.name, one.tuned)
        )
    for check in record.limits:
        yield Shown(
            name=clean(check.limit.text),
            present=figure_of("enqueue", check.present),
            tuned=figure_of("enqueue", check.tuned),
            verdict=check.verdict,
        )


def figure_table(record: TuneRecord) -> Table:
    """Return the figures of the confirmation."""
    rows = [
        [one.name, str(one.present), f"{one.tuned}{f', {one.verdict}' if one.verdict else ''}"]
        for one in shown_figures(record)
    ]
    return Table(["confirmed", "today", "new settings"], rows)


def promise_table(record: TuneRecord) -> Table:
    """Return the guarantees that the settings touch, before and after."""
    rows = [
        [
            clean(one.fault),
            clean(one.before) or MISSING,
            clean(one.after) or MISSING,
            VERDICTS[one.verdict] + (f": {clean(one.why)}" if one.why else ""),
        ]
        for one in record.promises
    ]
    return Table(["guarantee", "today", "new settings", "verdict"], rows)


def ordered(record: TuneRecord) -> list[Tried]:
    """Return what was tried: by stage, the best first, and what has no gain last."""
    stages = list(dict.fromkeys(one.stage for one in record.tried))
    return sorted(record.tried, key=lambda one: (stages.index(one.stage), -(one.gain.value if one.gain else 0.0)))


def what_came(one: Tried) -> str:
    """Return what became of what was tried: ``kept``, or why not."""
    return ": ".join(filter(None, ("" if one.fate == "dropped" and one.why else one.fate, clean(one.why))))


def tried_table(record: TuneRecord) -> Table:
    """Return everything that was tried."""
    rows = [
        [
            short(one.settings),
            one.stage,
            str(ratio_figure(one.gain)),
            str(one.generations),
            what_came(one),
        ]
        for one in ordered(record)
    ]
    return Table(["tried", "stage", "gain", "sets of processes", "what came of it"], rows)


def ablation_table(record: TuneRecord) -> Table:
    """Return what was taken out of the best, and what that cost."""
    rows = [
        [named(one.setting), str(ratio_figure(one.loss)), "stays" if one.kept else "taken out", clean(one.why)]
        for one in record.ablated
    ]
    return Table(["without", "loss", "", "why"], rows)


def left_out_table(record: TuneRecord) -> Table:
    """Return what was not tried, and why."""
    return Table(["not tried", "why"], list(_left_out(record)))


def _left_out(record: TuneRecord) -> Iterator[list[str]]:
    for one in record.left_out:
        names = " + ".join(clean(each.name) if one.whole else named(each) for each in one.settings)
        yield [names, clean(one.why)]


def stage_table(record: TuneRecord) -> Table:
    """Return the runs of the search."""
    rows = [
        [
            one.name,
            str(max(0, len(one.sides) - 1)),
            str(one.generations),
            f"{timeout_text(one.duration_s)} of {timeout_text(one.budget_s)}",
            str(one.seed),
        ]
        for one in record.stages
    ]
    return Table(["stage", "tried", "sets", "time", "seed"], rows)


def made_table(record: TuneRecord) -> Table:
    """Return when, where and on what it was measured."""
    machine, subject = record.environment, record.subject
    server = subject.server
    versions = ", ".join(f"{clean(name)} {clean(version)}" for name, version in subject.versions.items())
    rows = [
        ["started (UTC)", f"{record.started_at:%Y-%m-%d %H:%M}"],
        ["took", f"{timeout_text(record.duration_s)} of {timeout_text(record.budget_s)}"],
        ["present settings held", ", ".join(map(named, record.held))],
        ["settings that give up a promise", "not tried" if record.keep == "durable" else "tried (--keep fast)"],
        ["server", f"{clean(server.software)} {clean(server.version)}" if server else ""],
        ["libraries", versions],
        ["task", clean(f"{record.workload.task} of {record.workload.app}")],
        ["worker", f"{record.workload.pool}, concurrency {record.workload.concurrency}"],
        ["machine", f"{clean(machine.cpu_model)}, {machine.cores_allowed} cores, {clean(machine.system)}"],
        ["Brokerbench", clean(machine.brokerbench)],
    ]
    return Table(["", ""], [row for row in rows if row[1]])
