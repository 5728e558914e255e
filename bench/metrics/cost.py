"""``cost``: what a task costs in operations, bytes, CPU time and the server's memory."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

from bench.metrics.cost_figures import cost_figures
from bench.metrics.cost_meter import CostMeter
from bench.metrics.cost_sides import SIDES
from bench.metrics.cost_turn import CostTurn
from bench.metrics.highlights import Highlight, Highlights
from bench.metrics.metric import ExportedFigure, Found, Metric, Order, UngatedFigure, Unit
from bench.metrics.telling import Bars, ReportLine, SmallTable, Stack, Words
from bench.processes.running import Needs, Running
from bench.processes.task_meter import FEWEST_TASKS, metered_tasks
from bench.records.figures import Cost, Estimate
from bench.records.result import Result
from bench.text.cleaning import clean
from bench.text.numbers import MISSING, count, duration, duration_figure, size, size_figure
from bench.text.places import place_key, place_name, sentence
from bench.text.table import Table, Titled

__all__ = ["Costs"]

_WAYS: tuple[Literal["enqueue", "drain"], ...] = get_args(Literal["enqueue", "drain"])
_PROCESSES = {"producer_cpu_ns": "producer", "worker_cpu_ns": "worker", "server_cpu_ns": "server"}
_SIDES_SHARE = 1 / 3  # of a usual turn: two sides have one in each generation


class Costs(Metric):
    """What a relay between a subject and its server counts, in separate processes.

    Operations and bytes are exact. They include what a client does periodically and not for a task, if it falls into
    the turn (AMQP heartbeats, the sweep for tasks to restore every 10 s on Redis), and a worker's last request for
    another task (BRPOP, ReceiveMessage). A solo worker on RabbitMQ may acknowledge its last two tasks in the next turn.
    A worker's round trips on RabbitMQ count how often deliveries and acknowledgements happened to alternate. A
    server's CPU time includes its idle time.
    """

    name = "cost"
    order = 8
    turn = CostTurn
    when = "aside"
    needs = Needs()
    meter = CostMeter
    share = 0.5
    asked_only = False
    long_runs_only = True
    within_sides = True
    in_rows = False
    words = Words(
        since="a task on {name} takes {ratio} the CPU time of the {part} that it took in the baseline",
        reading=(
            "Costs were counted by a relay between the subject and its server, in separate processes; "
            "no duration was measured through it."
        ),
        method=lambda _: (
            "A relay between the subject and its server counted operations, round trips and bytes, "
            "in separate processes: no duration elsewhere is affected. "
            "CPU times are those of whole process trees. Figures that could not be read are left out."
        ),
    )
    sides = SIDES

    def take(self, running: Running, order: Order) -> CostTurn:
        """Enqueue tasks while the worker is stopped, then let it drain the queue."""
        tasks = FEWEST_TASKS if order.warmup else self._tasks(running, order)
        return running.meter(CostMeter).turn(running.label, tasks)

    def _tasks(self, running: Running, order: Order) -> int:
        """Return how many tasks a turn has; two sides have equally many."""
        sizes = order.sizes
        rate_per_s = _SIDES_SHARE * sizes.slowest_per_s() if sizes.sides else sizes.capacity_per_s(running)
        return metered_tasks(rate_per_s)

    def records(self, found: Found) -> dict[str, list[Any]]:
        """Return the costs of a task of each subject."""
        return {"costs": cost_figures(found.subjects, found.blocks)}

    def recorded(self, result: Result) -> Sequence[Cost]:
        """Return the costs."""
        return result.costs

    def ungated(self, baseline: Result, current: Result) -> Iterator[UngatedFigure]:
        """Return the CPU times of subjects and places that both results have."""
        known = {(one.subject, place_key(one.at)): one for one in current.costs}
        for old in baseline.costs:
            new = known.get((old.subject, place_key(old.at)))
            for name, part in _PROCESSES.items() if new else ():
                before, now = getattr(old, name), getattr(new, name)
                if before and now and before.value > 0 and now.value > 0:
                    yield UngatedFigure(subject=old.subject, at=old.at, before=before, now=now, part=part)

    def exported(self, record: Cost) -> Iterator[ExportedFigure]:
        """Return CPU times, bytes and round trips."""
        found: list[tuple[str, Estimate | None, Unit]] = [
            *((name.removesuffix("_ns"), getattr(record, name), "ns") for name in _PROCESSES),
            *((name, _exact(getattr(record, name)), "bytes") for name in _SIZES),
            *((f"{way}_round_trips", Estimate(value=times), "1") for way, times in record.round_trips.items()),
        ]
        for figure, estimate, unit in found:
            if estimate:
                measure = figure.replace("_", "-")
                yield ExportedFigure(
                    figure=figure, estimate=estimate, unit=unit, better="less", measure=measure, samples=record.tasks
                )

    def highlights(self, result: Result) -> Highlights:
        """Return the CPU time of a task in the producer and the worker: what it costs on every broker alike."""
        spent = ((one, one.producer_cpu_ns, one.worker_cpu_ns) for one in result.costs)
        return Highlights(
            head="CPU a task",
            figures=[
                Highlight(
                    subject=one.subject,
                    point=one.at,
                    text=duration(producer.value + worker.value),
                    value=producer.value + worker.value,
                )
                for one, producer, worker in spent
                if producer and worker
            ],
        )

    def sentences(self, line: ReportLine, result: Result) -> list[str]:
        """Return a sentence for the total cost of a task."""
        return [_sentence(line, one) for _, one in _costs([line], result)]

    def tables(self, lines: Sequence[ReportLine], result: Result) -> list[Titled]:
        """Return a table of figures (rows) and subjects (columns), and one of each operation by its name."""
        found = _costs(lines, result)
        return [Titled("", _counted(found)), Titled("Operations of a task, by name", _operations(found), folded=True)]

    def small_table(self, lines: Sequence[ReportLine], result: Result) -> SmallTable:
        """Return a row for each subject and place."""
        head = ("subject", "ops", "round\ntrips", "to\nserver", "from it", "CPU:\nproducer", "worker", "server")
        return SmallTable("What a task costs", head, [_small(line, cost) for line, cost in _costs(lines, result)])

    def picture(self, lines: Sequence[ReportLine], result: Result) -> Bars:
        """Return the CPU time of a task in each of the processes that it passes through."""
        stacks = [
            Stack(line=line, name=line.name_at(one.at), parts=_cpu_ns(one)) for line, one in _costs(lines, result)
        ]
        return Bars(
            what="CPU time of a task",
            kinds=tuple(_PROCESSES.values()),
            stacks=stacks,
            method="CPU time of the process trees, over all tasks counted. It cannot be read for a server of your own.",
        )


_SIZES = ("bytes_to_server", "bytes_from_server", "waiting_bytes")


def _exact(value: float | None) -> Estimate | None:
    return None if value is None else Estimate(value=value)


def _costs(lines: Sequence[ReportLine], result: Result) -> list[tuple[ReportLine, Cost]]:
    return [(line, one) for line in lines for one in result.costs if one.subject == line.subject.label]


def _cpu_ns(cost: Cost) -> dict[str, float]:
    times = {process: getattr(cost, name) for name, process in _PROCESSES.items()}
    return {process: time.value for process, time in times.items() if time}


def _sums(cost: Cost) -> tuple[float | None, float | None]:
    """Return the operations and the round trips of a task, in and out together; None if they were not counted."""
    operations = sum(sum(one.values()) for one in cost.operations.values()) if cost.operations else None
    return operations, sum(cost.round_trips.values()) if cost.round_trips else None


def _sentence(line: ReportLine, found: Cost) -> str:
    operations, round_trips = _sums(found)
    known = {
        "{} operations": None if operations is None else count(operations),
        "{} round trips": None if round_trips is None else count(round_trips),
        "{} to the server": None if found.bytes_to_server is None else size(found.bytes_to_server),
        "{} from it": None if found.bytes_from_server is None else size(found.bytes_from_server),
    }
    parts = [text.format(value) for text, value in known.items() if value is not None]
    return sentence(found.at, f"a task on {line.name} costs {', '.join(parts) or 'an amount that could not be read'}")


def _small(line: ReportLine, cost: Cost) -> list[str]:
    operations, round_trips = _sums(cost)
    sizes = map(size, (cost.bytes_to_server, cost.bytes_from_server))
    times = (getattr(cost, name) for name in _PROCESSES)
    spent = (duration(one.value if one else None) for one in times)
    name = " ".join(filter(None, (line.name, place_name(cost.at))))
    return [name, count(operations), count(round_trips), *sizes, *spent]


def _counted(found: list[tuple[ReportLine, Cost]]) -> Table:
    """Return the table of figures without those that could be read for no subject."""
    printed = [_figures(one) for _, one in found]
    table = Table(["a task costs", *(line.name_at(one.at) for line, one in found)])
    for what in printed[0] if printed else ():
        row = [figures[what] for figures in printed]
        if {*row} != {MISSING}:
            table.rows.append([what, *row])
    return table


def _figures(cost: Cost) -> dict[str, str]:
    ways = {
        "operations": {way: sum(counts.values()) for way, counts in cost.operations.items()},
        "round trips": cost.round_trips,
        "connections per 1,000 tasks": cost.connections_per_1000,
        "channels per 1,000 tasks": cost.channels_per_1000,
    }
    figures = {f"{what}, {way}": count(found.get(way)) for what, found in ways.items() for way in _WAYS}
    sizes = {
        "bytes to the server": size(cost.bytes_to_server),
        "bytes from the server": size(cost.bytes_from_server),
        "server's memory while waiting": size(cost.waiting_bytes),
    }
    times = {
        f"CPU time of the {process}": str(duration_figure(getattr(cost, name))) for name, process in _PROCESSES.items()
    }
    growth = {"worker's growth over 100,000 tasks": str(size_figure(cost.grown_bytes_per_100k))}
    return figures | sizes | times | growth | {"tasks counted": f"{cost.tasks:,}"}


def _operations(found: list[tuple[ReportLine, Cost]]) -> Table:
    """Return the table of each operation of a task by its name; a subject without it has zero."""
    table = Table(["operation", *(line.name_at(one.at) for line, one in found)])
    for way in _WAYS:
        names = dict.fromkeys(name for _, one in found for name in one.operations.get(way, {}))
        for name in names:
            counts = [count(one.operations[way].get(name, 0)) if way in one.operations else MISSING for _, one in found]
            table.rows.append([f"{way}: {clean(name)}", *counts])
    return table
