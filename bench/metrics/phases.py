"""``phases``: where a task's time goes, from stamps at each step."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

import numpy as np

from bench.metrics.generations import by_place_and_generation
from bench.metrics.metric import Found, Metric, Order
from bench.metrics.phase_meter import PhaseMeter, counted_tasks
from bench.metrics.telling import Bars, ReportLine, SmallTable, Stack, Words
from bench.processes.running import Needs, Running
from bench.processes.task_meter import metered_tasks
from bench.records.bounds import Number, PositiveCount
from bench.records.figures import Phase, PhaseFigure
from bench.records.own_code import OwnCode, OwnCodeTime
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.turns import HistogramRecord, Place, Turn
from bench.stats.histogram import Histogram
from bench.stats.intervals import fewest_samples
from bench.text.numbers import duration
from bench.text.places import place_key, place_name, sentence
from bench.text.table import Table, Titled

__all__ = ["PhaseTurn", "Phases"]

_ORDER: tuple[Phase, ...] = get_args(Phase)
_P95 = 0.95
_LOAD = 0.5  # of the capacity


class PhaseTurn(Turn):
    """Where the time of tasks went. A phase may be negative: a task can be received before its call returned."""

    tasks: PositiveCount
    phases: dict[Phase, HistogramRecord]
    own_ns: dict[OwnCode, Number] = {}
    """How long the user's own code around a call and around a run took, the mean; without such code, nothing."""


class Phases(Metric):
    """The times to build the message, to publish it, to wait, to run the task and to acknowledge it."""

    name = "phases"
    order = 7
    turn = PhaseTurn
    when = "aside"
    needs = Needs()
    meter = PhaseMeter
    share = 0.5
    asked_only = False
    long_runs_only = True
    warmed_up = False  # its first tasks are left out
    in_rows = False
    words = Words(
        reading=(
            "Phases come from separate, instrumented processes, so no other figure includes the instruments' time. "
            "Their means add up; their percentiles do not."
        ),
        method=lambda _: (
            "Each step of a task left a stamp, in separate, instrumented processes: no other duration includes that. "
            "A phase is negative if its end was stamped first: a task can be received before its call returned. "
            "A worker that acknowledges early does so while the task waits or runs, so acknowledge overlaps with other "
            "phases; a worker that acknowledges late does so after the run."
        ),
    )

    def take(self, running: Running, order: Order) -> PhaseTurn:
        """Send tasks at half of the capacity to the running worker, and stamp each."""
        rate_per_s = _LOAD * order.sizes.capacity_per_s(running)
        tasks = metered_tasks(rate_per_s)
        found = running.meter(PhaseMeter).run(tasks, rate_per_s)
        counted = len(counted_tasks(0, tasks))
        return PhaseTurn(subject=running.label, tasks=counted, phases=found.phases, own_ns=found.own_ns)

    def records(self, found: Found) -> dict[str, list[Any]]:
        """Return each phase of each subject's tasks at each place, from the summed histograms of all measured turns.

        ``samples`` is the number of tasks with both stamps of the phase, ``negative`` of those whose time is negative.
        The time of the user's own code around calls and runs has records of its own.
        """
        by_place = [
            (subject, at, [turn for turns in generations for turn in turns])
            for subject, at, generations in by_place_and_generation(found.subjects, found.blocks, PhaseTurn)
        ]
        return {
            "phases": [figure for one in by_place for figure in _figures(*one)],
            "own_code": [figure for one in by_place for figure in _own_code(*one)],
        }

    def recorded(self, result: Result) -> Sequence[PhaseFigure]:
        """Return the phases."""
        return result.phases

    def sentences(self, line: ReportLine, result: Result) -> list[str]:
        """Return sentences that name the longest of a subject's sequential phases."""
        sentences = []
        in_sequence = [one for one in _own(line, result) if one.phase != "acknowledge"]
        for at, phases in _by_place(in_sequence):
            if line.subject.missed_at(at):
                sentences.append(sentence(at, f"{line.name}'s phases are void"))
                continue
            longest, whole = max(phases, key=lambda one: one.mean_ns), sum(max(0, one.mean_ns) for one in phases)
            if whole > 0:
                share = f"{duration(longest.mean_ns)} of {duration(whole)}"
                sentences.append(sentence(at, f"a mean task on {line.name} spends {share} in {longest.phase}"))
        return sentences

    def tables(self, lines: Sequence[ReportLine], result: Result) -> list[Titled]:
        """Return a row for each subject, place and phase."""
        table = Table(["subject", "phase", "mean", "median", "p95", "tasks", "negative"], names=2)
        for line in lines:
            if not line.measured:
                table.rows.append([line.name, line.note(), "", "", "", "", ""])
            for at, phases in _by_place(_own(line, result)):
                name = line.name_at(at) + _void(line, at)
                for one in phases:
                    times = [duration(one.mean_ns), duration(one.median_ns), duration(one.p95_ns)]
                    table.rows.append([name, one.phase, *times, f"{one.samples:,}", f"{one.negative:,}"])
        return [Titled("", table)]

    def small_table(self, lines: Sequence[ReportLine], result: Result) -> SmallTable:
        """Return the mean time in each phase."""
        rows = []
        for line in lines:
            for at, phases in _by_place(_own(line, result)):
                means = {one.phase: one.mean_ns for one in phases}
                name = " ".join(filter(None, (line.name, place_name(at)))) + _void(line, at)
                rows.append([name, *(duration(means.get(phase)) for phase in _ORDER)])
        head = ("subject", *(phase.replace(" ", "\n") for phase in _ORDER))
        return SmallTable("Mean time in each phase", head, rows)

    def picture(self, lines: Sequence[ReportLine], result: Result) -> Bars:
        """Return the mean times of the phases in sequence, with an early acknowledgement beside them."""
        stacks = [
            _stack(line, at, {one.phase: one.mean_ns for one in phases})
            for line in lines
            for at, phases in _by_place(_own(line, result))
        ]
        return Bars(
            what="mean time in each phase",
            kinds=_ORDER,
            stacks=stacks,
            method=(
                "Measured in separate, instrumented processes. Means add up. "
                "A thin bar below is an early acknowledgement, which overlaps with the others. "
                "A phase whose mean is negative has no bar."
            ),
        )


def _own(line: ReportLine, result: Result) -> list[PhaseFigure]:
    return [one for one in result.phases if one.subject == line.subject.label]


def _void(line: ReportLine, at: Place) -> str:
    """Return what to write behind a subject whose distance was not the one that its name says."""
    return " (void)" if line.subject.missed_at(at) else ""


def _by_place(phases: Iterable[PhaseFigure]) -> list[tuple[Place, list[PhaseFigure]]]:
    """Return a subject's phases by place, in the order in which a task goes through them."""
    found: dict[object, tuple[Place, list[PhaseFigure]]] = {}
    for one in phases:
        found.setdefault(place_key(one.at), (one.at, []))[1].append(one)
    return [(at, sorted(here, key=lambda one: _ORDER.index(one.phase))) for at, here in found.values()]


def _stack(line: ReportLine, at: Place, phases: dict[Phase, float]) -> Stack:
    late = bool(line.subject.settings.get("task_acks_late"))
    parts: dict[str, float] = {phase: mean for phase, mean in phases.items() if late or phase != "acknowledge"}
    beside: dict[str, float] = {phase: mean for phase, mean in phases.items() if phase not in parts}
    return Stack(line=line, name=line.name_at(at) + _void(line, at), parts=parts, beside=beside)


def _own_code(subject: SubjectRecord, at: Place, turns: list[PhaseTurn]) -> Iterator[OwnCodeTime]:
    """Return how long the user's own code takes around a call, and around a run."""
    for kind in get_args(OwnCode):
        if known := [turn for turn in turns if kind in turn.own_ns]:
            tasks = [turn.tasks for turn in known]
            mean_ns = float(np.average([turn.own_ns[kind] for turn in known], weights=tasks))
            yield OwnCodeTime(
                subject=subject.label, tier=subject.tier, at=at, around=kind, samples=sum(tasks), mean_ns=mean_ns
            )


def _figures(subject: SubjectRecord, at: Place, turns: list[PhaseTurn]) -> Iterator[PhaseFigure]:
    """Return the phases in the order in which a task goes through them."""
    for phase in _ORDER:
        counted = Histogram.merged(turn.phases[phase].counted() for turn in turns if phase in turn.phases)
        if counted.total:
            yield PhaseFigure(
                subject=subject.label,
                tier=subject.tier,
                at=at,
                phase=phase,
                samples=counted.total,
                negative=int(counted.counts[counted.values_ns < 0].sum()),
                mean_ns=float(np.average(counted.values_ns, weights=counted.counts)),
                median_ns=counted.quantile(0.5),
                p95_ns=counted.quantile(_P95) if counted.total >= fewest_samples(_P95) else None,
            )
