"""The terminal's small tables: what is no row of the large one, a line for each subject."""

from collections.abc import Iterable, Iterator
from typing import get_args

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from bench.records.figures import Row
from bench.records.result import Result
from bench.records.turns import Phase
from bench.report.cleaning import terminal_text
from bench.report.facts import Table
from bench.report.numbers import count, duration, share_figure, size
from bench.report.phases import by_place, phases_of
from bench.report.places import place_key, place_name
from bench.report.sections import Line, Section
from bench.report.tables import LAYERS, capacity_row, costs_of

__all__ = ["small_tables"]

_PHASES: tuple[Phase, ...] = get_args(Phase)
_CAPACITY_HEADS = ["subject", "tasks/s", "failed", "confirmed", "limit"]
_COST_HEADS = ["ops", "round\ntrips", "to\nserver", "from it", "CPU:\nproducer", "worker", "server"]
_NAME = 16  # least width of a subject's name


def small_tables(told: list[Section], result: Result, console: Console) -> list[RichTable]:
    """Return a table for each kind of record that the result has."""
    layers = [LAYERS[layer] for layer in _ceilings_had(told)]
    phases = [phase.replace(" ", "\n") for phase in _PHASES]
    tables = {
        "Capacity: the highest rate that was sustained": Table(_CAPACITY_HEADS, [*_capacities(told, result)]),
        "Celery's speed as a share of its ceilings'": Table(["subject", *layers], [*_shares(told)]),
        "What a task costs": Table(["subject", *_COST_HEADS], [*_costs(told, result)]),
        "Mean time in each phase": Table(["subject", *phases], [*_times(told, result)]),
    }
    return [_drawn(title, table, console) for title, table in tables.items() if table.rows]


def _of(told: Iterable[Section], metric: str) -> Iterator[Section]:
    return (section for section in told if section.metric == metric)


def _named(line: Line, where: str) -> str:
    return " ".join(filter(None, (line.name, where)))


def _capacities(told: list[Section], result: Result) -> Iterator[list[str]]:
    for section in _of(told, "capacity"):
        for line in section.lines:
            own = [one for one in result.capacities if one.subject == line.subject.label]
            yield from ([_named(line, place_name(one.at)), *capacity_row(one)[:4]] for one in own)
            if not own:
                yield [line.name, line.note(), "", "", ""]


def _ceilings_had(told: list[Section]) -> list[str]:
    had = {row.layer for section in told for row in section.ceilings}
    return [layer for layer in LAYERS if layer in had]


def _shares(told: list[Section]) -> Iterator[list[str]]:
    """Return a row for each subject and metric that has a ceiling."""
    layers = _ceilings_had(told)
    for section in told:
        for line in section.lines:
            own = {row.layer: row for row in section.ceilings if _beside(row, line)}
            if own:
                shares = [str(share_figure(own[layer].share if layer in own else None)) for layer in layers]
                yield [f"{_named(line, line.where)} {section.metric}", *shares]


def _beside(row: Row, line: Line) -> bool:
    return (row.subject, place_key(row.at)) == (line.subject.label, line.at_key)


def _costs(told: list[Section], result: Result) -> Iterator[list[str]]:
    for section in _of(told, "cost"):
        for line, cost in costs_of(section, result):
            operations = sum(sum(found.values()) for found in cost.operations.values()) if cost.operations else None
            trips = sum(cost.round_trips.values()) if cost.round_trips else None
            sizes = map(size, (cost.bytes_to_server, cost.bytes_from_server))
            times = (cost.producer_cpu_ns, cost.worker_cpu_ns, cost.server_cpu_ns)
            spent = (duration(one.value if one else None) for one in times)
            yield [_named(line, place_name(cost.at)), count(operations), count(trips), *sizes, *spent]


def _times(told: list[Section], result: Result) -> Iterator[list[str]]:
    for section in _of(told, "phases"):
        for line in section.lines:
            for at, phases in by_place(phases_of(line, result)):
                means = {one.phase: one.mean_ns for one in phases}
                yield [_named(line, place_name(at)), *(duration(means.get(phase)) for phase in _PHASES)]


def _drawn(title: str, table: Table, console: Console) -> RichTable:
    drawn = RichTable(
        title=terminal_text(title, console, "bold"), title_justify="left", box=box.HORIZONTALS, padding=(0, 1, 0, 0)
    )
    name, *heads = (terminal_text(head, console) for head in table.head)
    drawn.add_column(name, min_width=_NAME, vertical="bottom", overflow="fold")
    for head in heads:
        drawn.add_column(head, justify="right", vertical="bottom", overflow="fold")
    for row in table.rows:
        drawn.add_row(*(terminal_text(cell, console) for cell in row))
    return drawn
