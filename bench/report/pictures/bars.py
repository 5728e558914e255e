"""Pictures with one row for each subject: capacities, ceilings, and the parts of a task's time or CPU time."""

from functools import partial

from bench.metrics.telling import Bars, RateMark, RateMarks, Stack
from bench.records.figures import Estimate, Row
from bench.records.result import Result
from bench.report.method import CEILINGS, how
from bench.report.pictures.frame import (
    LABEL_CHARACTERS,
    LEFT,
    RIGHT,
    Picture,
    axis_name,
    canvas_of,
    caption_of,
    rate_named,
)
from bench.report.pictures.scales import Scale, ScaleOf, linear_scale
from bench.report.pictures.svg import Canvas, Drawing, drawn_both_ways, shortened
from bench.report.sections import Line, Section
from bench.report.tables import LAYERS
from bench.text.numbers import duration, percent, share_figure
from bench.text.places import place_name
from bench.text.table import Table

__all__ = ["own_picture", "share_picture"]


_ROW, _BAR, _THIN = 44, 14, 6  # heights in pixels
_LEGEND_COLUMNS, _LEGEND_ROW = 3, 22
_FAR = 10  # from this ratio of the longest to the shortest bar, bars show shares


def own_picture(section: Section, shown: Bars | RateMarks | None) -> Picture | None:
    """Draw a metric's own records; return None if there are none."""
    if isinstance(shown, Bars):
        return _stacked(section, shown)
    return _marks(section, shown) if shown else None


def _marks(section: Section, shown: RateMarks) -> Picture | None:
    """Draw each subject's rate, and the lowest rate that failed."""
    if not shown.marks:
        return None
    drawing = drawn_both_ways(partial(_rates, section, shown), _rate_ends(shown))
    table, caption = Table(shown.head, [one.row for one in shown.marks]), caption_of(section.metric, shown.what)
    return Picture(drawing=drawing, caption=caption, method=shown.method, table=table)


def _rate_ends(shown: RateMarks) -> list[float]:
    return [rate for one in shown.marks for rate in (one.per_second, one.failed_per_s) if rate]


def _rates(section: Section, shown: RateMarks, scale_of: ScaleOf) -> Canvas:
    caption, foot = caption_of(section.metric, shown.what), _ROW * len(shown.marks) + 8
    canvas = canvas_of(foot + 42, caption, section, "A mark for the rate, and a line to the lowest rate that failed.")
    scale = scale_of(_rate_ends(shown), LEFT, RIGHT)
    canvas.axis_below(scale, foot, 4, rate_named)
    canvas.text(RIGHT, foot + 34, axis_name("tasks a second", scale), "end quiet")
    lines = {line.subject.label: line for line in section.lines}
    for place, one in enumerate(shown.marks):
        line = lines[one.line.subject.label]
        with canvas.of(line.number):
            _mark(canvas, scale, _ROW * place, one, line)
    return canvas


def _mark(canvas: Canvas, scale: Scale, top: float, one: RateMark, line: Line) -> None:
    canvas.text(LEFT, top + 18, shortened(one.name, LABEL_CHARACTERS))
    canvas.text(RIGHT + 18, top + 18, one.text, "end")
    if one.failed_per_s is not None:
        canvas.whisker((scale(one.per_second), scale(one.failed_per_s)), top + 33)
    canvas.mark(scale(one.per_second), top + 33, hollow=line.emulated, tip=f"{one.name}: {one.text}")


def share_picture(section: Section, result: Result) -> Picture | None:
    """Draw Celery's speed as a share of each ceiling's."""
    known = [(line, row, row.share) for row in section.ceilings if row.share and (line := section.line_of(row))]
    known = sorted(known, key=lambda one: one[0].number)
    if not known:
        return None
    caption, foot = caption_of(section.metric, "Celery's share of its ceilings"), _ROW * len(known) + 8
    canvas = canvas_of(foot + 42, caption, section, "A mark with its 95 % interval for each ceiling.")
    most = max(end for _, _, share in known for end in (1.0, share.value, share.high or 0))
    scale = linear_scale(most, LEFT, RIGHT)
    canvas.axis_below(scale, foot, 4, _share_named)
    canvas.text(RIGHT, foot + 34, "Celery's speed, as a share of the ceiling's", "end quiet")
    for number_, (line, row, share) in enumerate(known):
        with canvas.of(line.number):
            _share(canvas, scale, _ROW * number_, line, row, share)
    rows = [[line.name, _ceiling_name(row), *_ends(share)] for line, row, share in known]
    table = Table(["subject", "ceiling", "share", "95 % interval"], rows, names=2)
    method = f"{how(section.metric, result)}, for the ceilings as for Celery. {CEILINGS}"
    return Picture(drawing=Drawing(canvas.markup()), caption=caption, method=method, table=table)


def _share(canvas: Canvas, scale: Scale, top: float, line: Line, row: Row, share: Estimate) -> None:
    name = f"{line.name}: {_ceiling_name(row)}"
    canvas.text(LEFT, top + 18, shortened(name, LABEL_CHARACTERS + 8))
    canvas.text(RIGHT + 18, top + 18, str(share_figure(share)), "end")
    if share.low is not None and share.high is not None:
        canvas.whisker((scale(share.low), scale(share.high)), top + 33)
    canvas.mark(scale(share.value), top + 33, hollow=line.emulated, tip=f"{name}: {share_figure(share)}")


def _ceiling_name(row: Row) -> str:
    return ", ".join(filter(None, (LAYERS[row.layer], place_name(row.at))))


def _ends(share: Estimate) -> tuple[str, str]:
    figure = share_figure(share)
    return figure.text, figure.interval


def _stacked(section: Section, shown: Bars) -> Picture | None:
    stacks, kinds = [stack for stack in shown.stacks if _whole_ns(stack) > 0], shown.kinds
    if not stacks:
        return None
    caption, foot = caption_of(section.metric, shown.what), _ROW * len(stacks) + 8
    rows = -(-len(kinds) // _LEGEND_COLUMNS)
    canvas = canvas_of(foot + 50 + _LEGEND_ROW * rows, caption, section, "One bar for each subject, in parts.")
    wholes = [_whole_ns(stack) for stack in stacks]
    shares = max(wholes) > _FAR * min(wholes)
    across = linear_scale(1.0 if shares else max(_longest(stack) for stack in stacks), LEFT, RIGHT)
    canvas.axis_below(across, foot, 4, _share_named if shares else _named)
    canvas.text(RIGHT, foot + 34, f"{shown.what}, as a share of the whole" if shares else shown.what, "end quiet")
    for place, stack in enumerate(stacks):
        _bars(canvas, stack, across, _whole_ns(stack) if shares else 1, (_ROW * place, kinds))
    _legend(canvas, foot + 54, kinds)
    drawing = Drawing(canvas.markup())
    return Picture(drawing=drawing, caption=caption, method=shown.method, table=_stack_table(stacks, kinds))


def _whole_ns(stack: Stack) -> float:
    return sum(part for part in stack.parts.values() if part > 0)


def _longest(stack: Stack) -> float:
    return max(_whole_ns(stack), *stack.beside.values(), 0.0)


def _share_named(share: float) -> str:
    return percent(share) if share else "0"


def _named(nanoseconds: float) -> str:
    return duration(nanoseconds) if nanoseconds else "0"


def _bars(canvas: Canvas, stack: Stack, across: Scale, unit_ns: float, row: tuple[float, tuple[str, ...]]) -> None:
    """Draw one subject's parts one after the other, and below them what happens at the same time."""
    top, kinds = row
    canvas.text(LEFT, top + 16, shortened(stack.name, LABEL_CHARACTERS))
    canvas.text(RIGHT + 18, top + 16, duration(_whole_ns(stack)), "end")
    reached = 0.0
    for name, part in stack.parts.items():
        if part > 0:
            ends = (across(reached / unit_ns), across((reached + part) / unit_ns))
            tip = f"{stack.name}, {name}: {duration(part)}"
            canvas.bar(ends, top + 22, _BAR, kinds.index(name), tip)
            reached += part
    for name, part in stack.beside.items():
        if part > 0:
            ends, tip = (across(0), across(part / unit_ns)), f"{stack.name}, {name}, at the same time: {duration(part)}"
            canvas.bar(ends, top + 23 + _BAR, _THIN, kinds.index(name), tip)


def _legend(canvas: Canvas, top: float, kinds: tuple[str, ...]) -> None:
    for place, kind in enumerate(kinds):
        row, column = divmod(place, _LEGEND_COLUMNS)
        x, y = LEFT + 140 * column, top + _LEGEND_ROW * row
        canvas.bar((x, x + 26), y - 10, 12, place)
        canvas.text(x + 32, y, kind)


def _stack_table(stacks: list[Stack], kinds: tuple[str, ...]) -> Table:
    table = Table(["subject", *kinds, "whole"])
    for stack in stacks:
        parts = stack.parts | stack.beside
        table.rows.append([stack.name, *(duration(parts.get(kind)) for kind in kinds), duration(_whole_ns(stack))])
    return table
