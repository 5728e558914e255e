"""The tables of a section beside its lines: capacity, ceilings, scaling, parts of a latency, phases, costs."""

from dataclasses import dataclass
from typing import Literal, get_args

from bench.records.figures import Capacity, Cost, Estimate, Scaling
from bench.records.result import Result
from bench.report.cleaning import clean, first_line
from bench.report.columns import PERCENTILES, figure_of, heads, percentile_figures
from bench.report.facts import Table
from bench.report.method import SCALING
from bench.report.numbers import (
    MISSING,
    count,
    duration,
    duration_figure,
    number,
    number_figure,
    rate_figure,
    share_figure,
    size,
    size_figure,
)
from bench.report.phases import by_place, phases_of
from bench.report.places import place_key
from bench.report.sections import Line, Section

__all__ = ["LAYERS", "Titled", "capacity_row", "costs_of", "section_tables"]

LAYERS = {"raw": "the raw client", "kombu": "kombu alone", "memory": "Celery on memory", "celery": "Celery"}
_Way = Literal["enqueue", "drain"]
_WAYS: tuple[_Way, ...] = get_args(_Way)


@dataclass(frozen=True)
class Titled:
    """A table, what it shows, and what is to be known of it; a folded one is for those who ask."""

    caption: str
    table: Table
    note: str = ""
    folded: bool = False


def section_tables(section: Section, result: Result) -> list[Titled]:
    """Return the tables that a section has beside its lines; none is empty."""
    found = {
        "capacity": lambda: [Titled("", _capacities(section, result))],
        "payload-limit": lambda: [Titled("", _limits(section, result))],
        "phases": lambda: [Titled("", _phases(section, result))],
        "cost": lambda: [
            Titled("", _costs(section, result)),
            _operations(section, result),
        ],
        "throughput": lambda: [*_ceilings(section), _scaling(section, result)],
        "enqueue": lambda: _ceilings(section),
    }.get(section.metric, list)()
    return [one for one in [*found, *_parts(section)] if one.table.rows]


def _capacities(section: Section, result: Result) -> Table:
    head = ["subject", "tasks/s", "lowest that failed", "confirmed", "limit", "rates tried"]
    table = Table(head)
    for line in section.lines:
        own = [one for one in result.capacities if one.subject == line.subject.label]
        table.rows.extend([line.name_at(one.at), *capacity_row(one)] for one in own)
        if not own:
            table.rows.append(_missing(line, len(head)))
    return table


def capacity_row(found: Capacity) -> list[str]:
    """Print the rate, the lowest one that failed, how often the rate was confirmed, the limit, the trials."""
    least = "at least " if found.at_least else ""
    rate = "none" if found.rate_per_s is None else f"{least}{number(found.rate_per_s)}"
    failed = "none" if found.failed_per_s is None else number(found.failed_per_s)
    times = "once" if found.confirmed == 1 else f"{found.confirmed} times"
    return [rate, failed, times if found.confirmed else "no", duration(found.limit_ns), str(found.probes)]


def _limits(section: Section, result: Result) -> Table:
    table = Table(["subject", "largest payload", "refused", "why"])
    for line in section.lines:
        for one in result.limits:
            if one.subject == line.subject.label:
                refused = "none was" if one.refused_bytes is None else f"{one.refused_bytes:,} bytes"
                table.rows.append([line.name, f"{one.largest_bytes:,} bytes", refused, first_line(one.reason)])
    return table


def _ceilings(section: Section) -> list[Titled]:
    """Tell the figures of the ceilings, and Celery's speed as a share of them."""
    shown = heads(section.metric, section.ceilings)
    table = Table(["subject", "ceiling", *shown, "Celery's share"], names=2)
    for line in section.lines:
        own = (row for row in section.ceilings if (row.subject, place_key(row.at)) == (line.subject.label, line.at_key))
        for row in own:
            figures = [str(figure_of(row, head)) for head in shown]
            table.rows.append([line.full_name, LAYERS[row.layer], *figures, str(share_figure(row.share))])
    return [Titled("Ceilings", table)]


def _scaling(section: Section, result: Result) -> Titled:
    table, said = Table(["subject", "a worker of one, tasks/s", "contention", "coherency", "peak at concurrency"]), []
    for line, one in _scaled(section, result):
        figures = [rate_figure(one.per_second), number_figure(one.alpha), number_figure(one.beta)]
        peak = "none" if one.peak_concurrency is None else number(one.peak_concurrency)
        table.rows.append([line.name, *map(str, figures), peak])
        if one.why_not:
            said.append(f"{line.name} has no peak: {clean(one.why_not).rstrip('.')}.")
    return Titled("Scaling", table, " ".join([SCALING, *said]))


def _scaled(section: Section, result: Result) -> list[tuple[Line, Scaling]]:
    lines = {line.subject.label: line for line in reversed(section.lines)}
    return [(lines[one.subject], one) for one in result.scaling if one.subject in lines]


def _parts(section: Section) -> list[Titled]:
    """Tell the parts of a latency, or of another time, that are shown apart."""
    parts = [(line, name, one) for line in section.lines if line.row for name, one in line.row.apart.items()]
    printed = [percentile_figures(one) for _, _, one in parts]
    shown = [head for head in PERCENTILES if any(figures[head].text != MISSING for figures in printed)]
    table = Table(["subject", "part", "samples", *shown], names=2)
    for (line, name, one), figures in zip(parts, printed, strict=True):
        table.rows.append([line.full_name, clean(name), f"{one.samples:,}", *(str(figures[head]) for head in shown)])
    title = "Start, service and lags apart" if section.metric == "latency" else "Parts of it apart"
    return [Titled(title, table, folded=True)]


def _phases(section: Section, result: Result) -> Table:
    table = Table(["subject", "phase", "mean", "median", "p95", "tasks", "negative"], names=2)
    for line in section.lines:
        if not line.measured:
            table.rows.append(_missing(line, len(table.head)))
        for at, phases in by_place(phases_of(line, result)):
            name = line.name_at(at)
            for one in phases:
                times = [duration(one.mean_ns), duration(one.median_ns), duration(one.p95_ns)]
                table.rows.append([name, one.phase, *times, f"{one.samples:,}", f"{one.negative:,}"])
    return table


def costs_of(section: Section, result: Result) -> list[tuple[Line, Cost]]:
    """Return the costs of the section's subjects, in their order."""
    return [(line, one) for line in section.lines for one in result.costs if one.subject == line.subject.label]


def _costs(section: Section, result: Result) -> Table:
    """Put what is counted in rows and the subjects in columns; what was read of nobody is left out."""
    found = costs_of(section, result)
    printed = [_cost_figures(one) for _, one in found]
    table = Table(["a task costs", *(line.name_at(one.at) for line, one in found)])
    for what in printed[0] if printed else ():
        row = [figures[what] for figures in printed]
        if {*row} != {MISSING}:
            table.rows.append([what, *row])
    return table


def _cost_figures(cost: Cost) -> dict[str, str]:
    ways = {
        "operations": {way: sum(counts.values()) for way, counts in cost.operations.items()},
        "round trips": cost.round_trips,
        "connections a 1,000 tasks": cost.connections_per_1000,
        "channels a 1,000 tasks": cost.channels_per_1000,
    }
    figures = {f"{what}, {way}": count(found.get(way)) for what, found in ways.items() for way in _WAYS}
    sizes = {
        "bytes to the server": size(cost.bytes_to_server),
        "bytes from the server": size(cost.bytes_from_server),
        "server's memory while it waits": size(cost.waiting_bytes),
    }
    times: dict[str, Estimate | None] = {
        "CPU time of the producer": cost.producer_cpu_ns,
        "CPU time of the worker": cost.worker_cpu_ns,
        "CPU time of the server": cost.server_cpu_ns,
    }
    growth = {"worker's growth over 100,000 tasks": str(size_figure(cost.grown_bytes_per_100k))}
    tasks = {"tasks counted": f"{cost.tasks:,}"}
    return figures | sizes | {name: str(duration_figure(one)) for name, one in times.items()} | growth | tasks


def _operations(section: Section, result: Result) -> Titled:
    """Tell each operation of a task by its name; a subject without it has none of it."""
    found = costs_of(section, result)
    table = Table(["operation", *(line.name_at(one.at) for line, one in found)])
    for way in _WAYS:
        names = dict.fromkeys(name for _, one in found for name in one.operations.get(way, {}))
        for name in names:
            counts = [count(one.operations[way].get(name, 0)) if way in one.operations else MISSING for _, one in found]
            table.rows.append([f"{way}: {clean(name)}", *counts])
    return Titled("Operations of a task, by name", table, folded=True)


def _missing(line: Line, width: int) -> list[str]:
    return [line.name, line.note(), *[""] * (width - 2)]
