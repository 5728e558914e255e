"""Pictures with one row for each subject: capacities, ceilings, and what adds up to a task's time or CPU time."""

from dataclasses import dataclass
from typing import get_args

from bench.records.figures import Capacity, Estimate, Row
from bench.records.result import Result
from bench.records.turns import Phase, Place
from bench.report.facts import Table
from bench.report.method import CEILINGS, how
from bench.report.numbers import duration, percent, share_figure
from bench.report.phases import acknowledges_late, by_place, phases_of
from bench.report.pictures.frame import LABEL_CHARACTERS, LEFT, RIGHT, Picture, axis_name, canvas_of, caption_of, namer
from bench.report.pictures.svg import Canvas, Scale, linear_scale, scale_over, shortened
from bench.report.places import place_name
from bench.report.sections import Line, Section
from bench.report.tables import LAYERS, capacity_row, costs_of

__all__ = ["capacity_picture", "cost_picture", "phase_picture", "share_picture"]

_ROW, _BAR, _THIN = 44, 14, 6  # heights in pixels
_LEGEND_COLUMNS, _LEGEND_ROW = 3, 22
_FAR = 10  # longest over shortest whole, from which bars show shares
_PROCESSES = ("producer", "worker", "server")


@dataclass(frozen=True, kw_only=True)
class _Stack:
    """What adds up to a whole in one subject, and what happens meanwhile; in nanoseconds."""

    line: Line
    name: str
    parts: dict[str, float]
    beside: dict[str, float]

    @property
    def whole_ns(self) -> float:
        return sum(part for part in self.parts.values() if part > 0)


def capacity_picture(section: Section, result: Result) -> Picture | None:
    """Draw each subject's highest sustained rate, and the lowest that failed."""
    known = [
        (line, one)
        for line in section.lines
        for one in result.capacities
        if one.subject == line.subject.label and one.rate_per_s
    ]
    if not known:
        return None
    caption, foot = caption_of("capacity", "highest rate that was sustained"), _ROW * len(known) + 8
    canvas = canvas_of(foot + 42, caption, section, "A mark for the rate, and a line to the lowest that failed.")
    rates = [rate for _, one in known for rate in (one.rate_per_s, one.failed_per_s) if rate]
    scale = scale_over(rates, LEFT, RIGHT)
    canvas.axis_below(scale, foot, 4, namer("throughput"))
    canvas.text(RIGHT, foot + 34, axis_name("tasks a second", scale), "end quiet")
    for number_, (line, one) in enumerate(known):
        _capacity(canvas, scale, _ROW * number_, line, one)
    said = "The line ends at the lowest rate that failed: what is sustained lies between the two."
    rows = [[line.name, *capacity_row(one)[:3]] for line, one in known]
    table = Table(["subject", "tasks/s", "lowest that failed", "confirmed"], rows)
    return Picture(drawing=canvas.markup(), caption=caption, method=f"Measured by search. {said}", table=table)


def _capacity(canvas: Canvas, scale: Scale, top: float, line: Line, one: Capacity) -> None:
    name = line.name_at(one.at)
    canvas.text(LEFT, top + 18, shortened(name, LABEL_CHARACTERS))
    canvas.text(RIGHT + 18, top + 18, capacity_row(one)[0], "end")
    at = one.rate_per_s or 0.0
    if one.failed_per_s is not None:
        canvas.whisker((scale(at), scale(one.failed_per_s)), top + 33, line.number)
    canvas.mark(scale(at), top + 33, line.number, hollow=line.emulated)


def share_picture(section: Section, result: Result) -> Picture | None:
    """Draw Celery's speed as a share of each ceiling's."""
    known = [(line, row, row.share) for row in section.ceilings if row.share and (line := section.line_of(row))]
    known = sorted(known, key=lambda one: one[0].number)
    if not known:
        return None
    caption, foot = caption_of(section.metric, "Celery's share of its ceilings"), _ROW * len(known) + 8
    canvas = canvas_of(foot + 42, caption, section, "A mark and its 95 % interval for each ceiling.")
    most = max(end for _, _, share in known for end in (1.0, share.value, share.high or 0))
    scale = linear_scale(most, LEFT, RIGHT)
    canvas.axis_below(scale, foot, 4, _share_named)
    canvas.text(RIGHT, foot + 34, "Celery's speed, as a share of the ceiling's", "end quiet")
    for number_, one in enumerate(known):
        _share(canvas, scale, _ROW * number_, *one)
    rows = [[line.name, _ceiling_name(row), *_ends(share)] for line, row, share in known]
    table = Table(["subject", "ceiling", "share", "95 % interval"], rows, names=2)
    said = f"{how(section.metric, result)}, of the ceilings as of Celery. {CEILINGS}"
    return Picture(drawing=canvas.markup(), caption=caption, method=said, table=table)


def _share(canvas: Canvas, scale: Scale, top: float, line: Line, row: Row, share: Estimate) -> None:
    name = f"{line.name}: {_ceiling_name(row)}"
    canvas.text(LEFT, top + 18, shortened(name, LABEL_CHARACTERS + 8))
    canvas.text(RIGHT + 18, top + 18, str(share_figure(share)), "end")
    if share.low is not None and share.high is not None:
        canvas.whisker((scale(share.low), scale(share.high)), top + 33, line.number)
    canvas.mark(scale(share.value), top + 33, line.number, hollow=line.emulated)


def _ceiling_name(row: Row) -> str:
    return ", ".join(filter(None, (LAYERS[row.layer], place_name(row.at))))


def _ends(share: Estimate) -> tuple[str, str]:
    figure = share_figure(share)
    return figure.text, figure.interval


def phase_picture(section: Section, result: Result) -> Picture | None:
    """Draw the mean time of each phase, one after the other; an early acknowledgement beside them."""
    stacks = [
        _phase_stack(line, at, {one.phase: one.mean_ns for one in phases})
        for line in section.lines
        for at, phases in by_place(phases_of(line, result))
    ]
    said = (
        "Measured in instrumented processes of their own; means, which add up. "
        "A thin bar below is an early acknowledgement, which overlaps with the others. "
        "A phase whose mean is negative has no bar."
    )
    return _stacked(section, stacks, "mean time in each phase", said, get_args(Phase))


def _phase_stack(line: Line, at: Place, phases: dict[Phase, float]) -> _Stack:
    late = acknowledges_late(line)
    parts: dict[str, float] = {phase: mean for phase, mean in phases.items() if late or phase != "acknowledge"}
    beside: dict[str, float] = {phase: mean for phase, mean in phases.items() if phase not in parts}
    return _Stack(line=line, name=line.name_at(at), parts=parts, beside=beside)


def cost_picture(section: Section, result: Result) -> Picture | None:
    """Draw the CPU time of a task in each of the processes that it passes."""
    stacks = []
    for line, one in costs_of(section, result):
        times = zip(_PROCESSES, (one.producer_cpu_ns, one.worker_cpu_ns, one.server_cpu_ns), strict=True)
        parts = {process: time.value for process, time in times if time}
        name = line.name_at(one.at)
        stacks.append(_Stack(line=line, name=name, parts=parts, beside={}))
    said = "CPU time of the process trees, over all tasks counted. A server that is not ours cannot be read."
    return _stacked(section, stacks, "CPU time of a task", said, _PROCESSES)


def _stacked(section: Section, stacks: list[_Stack], what: str, said: str, kinds: tuple[str, ...]) -> Picture | None:
    stacks = [stack for stack in stacks if stack.whole_ns > 0]
    if not stacks:
        return None
    caption, foot = caption_of(section.metric, what), _ROW * len(stacks) + 8
    rows = -(-len(kinds) // _LEGEND_COLUMNS)
    canvas = canvas_of(foot + 50 + _LEGEND_ROW * rows, caption, section, "One bar for each subject, in parts.")
    wholes = [stack.whole_ns for stack in stacks]
    shares = max(wholes) > _FAR * min(wholes)
    across = linear_scale(1.0 if shares else max(_longest(stack) for stack in stacks), LEFT, RIGHT)
    canvas.axis_below(across, foot, 4, _share_named if shares else _named)
    canvas.text(RIGHT, foot + 34, f"{what}, as a share of the whole" if shares else what, "end quiet")
    for number_, stack in enumerate(stacks):
        _bars(canvas, stack, across, stack.whole_ns if shares else 1, (_ROW * number_, kinds))
    _legend(canvas, foot + 54, kinds)
    return Picture(drawing=canvas.markup(), caption=caption, method=said, table=_stack_table(stacks, kinds))


def _longest(stack: _Stack) -> float:
    return max(stack.whole_ns, *stack.beside.values(), 0.0)


def _share_named(share: float) -> str:
    return percent(share) if share else "0"


def _named(nanoseconds: float) -> str:
    return duration(nanoseconds) if nanoseconds else "0"


def _bars(canvas: Canvas, stack: _Stack, across: Scale, unit_ns: float, row: tuple[float, tuple[str, ...]]) -> None:
    """Draw one subject's parts one after the other, and below them what happens meanwhile."""
    top, kinds = row
    canvas.text(LEFT, top + 16, shortened(stack.name, LABEL_CHARACTERS))
    canvas.text(RIGHT + 18, top + 16, duration(stack.whole_ns), "end")
    reached = 0.0
    for name, part in stack.parts.items():
        if part > 0:
            ends = (across(reached / unit_ns), across((reached + part) / unit_ns))
            canvas.bar(ends, top + 22, _BAR, kinds.index(name))
            reached += part
    for name, part in stack.beside.items():
        if part > 0:
            canvas.bar((across(0), across(part / unit_ns)), top + 23 + _BAR, _THIN, kinds.index(name))


def _legend(canvas: Canvas, top: float, kinds: tuple[str, ...]) -> None:
    for place, kind in enumerate(kinds):
        row, column = divmod(place, _LEGEND_COLUMNS)
        x, y = LEFT + 140 * column, top + _LEGEND_ROW * row
        canvas.bar((x, x + 26), y - 10, 12, place)
        canvas.text(x + 32, y, kind)


def _stack_table(stacks: list[_Stack], kinds: tuple[str, ...]) -> Table:
    table = Table(["subject", *kinds, "whole"])
    for stack in stacks:
        parts = stack.parts | stack.beside
        table.rows.append([stack.name, *(duration(parts.get(kind)) for kind in kinds), duration(stack.whole_ns)])
    return table
