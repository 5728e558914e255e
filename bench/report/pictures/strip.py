"""The picture of a whole run, second by second: what was measured when, and what other programs used meanwhile."""

from dataclasses import dataclass

import numpy as np

from bench.figures.seconds import Seconds, seconds
from bench.records.result import Result
from bench.report.pictures.frame import LABEL_CHARACTERS, LEGEND_ROW, Picture
from bench.report.pictures.scales import Scale, linear_scale
from bench.report.pictures.svg import WIDTH, Canvas, Drawing, shortened
from bench.report.sections import subject_name
from bench.text.cleaning import clean
from bench.text.names import metric_words
from bench.text.numbers import number, percent, time_left
from bench.text.table import Table

__all__ = ["strip_picture"]

_BROAD = 1120
_NARROW_SPELLS = 60
_LEFT, _RIGHT_ROOM = 132, 14  # pixels
_ROW, _BAR, _FOOT_ROOM = 32, 24, 40
_NAME = 20  # characters
_AXIS_NAME = 180  # pixels
_LEAST = 0.005  # share of a spell that is drawn
_METHOD = (
    "One column for each {spell}, one row for each metric. A bar's height is the share of that time in which the "
    "metric was measured, in the subjects' colours; where nothing stands, servers and processes were started, queues "
    "filled and results written. Broken lines are where all processes were started afresh. The record has when "
    "each block began; within a block, turns are drawn in proportion to their durations."
)
_OTHERS = (
    " Other programs: the share of this run's cores that they used, where that was measured; where it was enough to "
    "disturb a block, it is marked through all rows."
)
_UNKNOWN = " What other programs used was not measured."


def strip_picture(result: Result) -> Picture | None:
    """Draw the run; None if the result has no blocks."""
    if not result.blocks:
        return None
    run = (result.blocks, result.duration_s, result.environment.cores_allowed)
    found, coarse = seconds(*run), seconds(*run, most=_NARROW_SPELLS)
    spell = " or, on a narrow page, ".join(dict.fromkeys(_lasting(one) for one in (found, coarse)))
    others = _UNKNOWN if np.isnan(found.other_cores).all() else _OTHERS
    return Picture(
        drawing=Drawing(_drawn(found, result, _BROAD).markup()),
        narrow=Drawing(_drawn(coarse, result, WIDTH).markup()),
        caption="What was measured when",
        method=_METHOD.format(spell=spell) + others,
        table=_table(found, result),
    )


def _lasting(found: Seconds) -> str:
    return "second" if found.width_s == 1 else time_left(found.width_s)


def _drawn(found: Seconds, result: Result, width: float) -> Canvas:
    rows = [*found.shares]
    is_known = not np.isnan(found.other_cores).all()
    foot = 6 + _ROW * (len(rows) + is_known)
    described = "One column for each spell of time, one row for each metric."
    names = _legend(result, width)
    canvas = Canvas(foot + _FOOT_ROOM + LEGEND_ROW * names[-1].row, "What was measured when", described, width)
    last_s = found.count * found.width_s
    ticks = tuple(tick for tick in linear_scale(last_s, 0, 1).ticks if tick <= last_s)
    across = Scale(0, last_s, _LEFT, width - _RIGHT_ROOM, False, ticks)
    marked = [_ends(found, place, across) for place in np.flatnonzero(found.disturbed).tolist()]
    if marked:
        canvas.boxes([(left, 2, right - left, foot - 2) for left, right in marked], "disturbed")
    canvas.axis_below(across, foot, 6, number)
    canvas.text(width - _RIGHT_ROOM, foot + 32, "seconds since the start", "end quiet")
    canvas.lines((((across(at), 2), (across(at), foot)) for at in found.fresh_s), "break")
    for subject, name in enumerate(names):
        with canvas.of(subject):
            y = foot + 32 + LEGEND_ROW * name.row
            canvas.boxes([(name.x, y - 9, 10, 10)], "box")
            canvas.text(name.x + 16, y, name.text)
    for place, metric in enumerate(rows):
        canvas.text(_LEFT - 8, _ROW * (place + 1), shortened(metric_words(metric), _NAME), "end")
        _bars(canvas, found, result, metric, across, _ROW * (place + 1) + 4)
    if is_known:
        canvas.text(_LEFT - 8, foot - 6, "other programs", "end")
        _others(canvas, found, across, foot, result.environment.cores_allowed)
    for place in range(found.count):
        if tip := _tip(found, result, place):
            canvas.column(_ends(found, place, across), 2, foot, tip)
    return canvas


@dataclass(frozen=True)
class _Name:
    """A subject's place in the legend."""

    text: str
    x: float
    row: int


def _legend(result: Result, width: float) -> list[_Name]:
    """Place the subjects' names below the axis, from left to right, below each other where the room ends."""
    names, x, row = list[_Name](), float(_LEFT), 0 if width == _BROAD else 1
    for subject in result.subjects:
        text = shortened(subject_name(subject), LABEL_CHARACTERS)
        takes = 16 + 7.5 * len(text) + 24
        end = width - _AXIS_NAME if row == 0 else width
        if x + takes > end and x > _LEFT:
            x, row = float(_LEFT), row + 1
        names.append(_Name(text, x, row))
        x += takes
    return names


def _bars(canvas: Canvas, found: Seconds, result: Result, metric: str, across: Scale, foot: float) -> None:
    """Draw one metric's row: in each column, the subjects' shares one upon the other."""
    reached = np.zeros(found.count)
    for number_, subject in enumerate(result.subjects):
        if (shares := found.shares[metric].get(subject.label)) is None:
            continue
        boxes = []
        for place in np.flatnonzero(shares > _LEAST).tolist():
            left, right = _ends(found, place, across)
            high = min(float(reached[place] + shares[place]), 1.0)
            boxes.append((left, foot - _BAR * high, right - left, _BAR * float(shares[place])))
        reached = reached + shares
        with canvas.of(number_):
            canvas.boxes(boxes, "box")


def _ends(found: Seconds, place: int, across: Scale) -> tuple[float, float]:
    return across(place * found.width_s), across((place + 1) * found.width_s)


def _others(canvas: Canvas, found: Seconds, across: Scale, foot: float, cores: int) -> None:
    boxes = []
    for place in np.flatnonzero(np.nan_to_num(found.other_cores) > _LEAST).tolist():
        left, right = _ends(found, place, across)
        height = _BAR * min(float(found.other_cores[place]) / cores, 1.0)
        boxes.append((left, foot - height, right - left, height))
    canvas.boxes(boxes, "others")


def _tip(found: Seconds, result: Result, place: int) -> str:
    """Return what was measured in one spell, a line for each metric; empty if there was nothing."""
    lines = []
    for metric, by_subject in found.shares.items():
        shares = {one.label: float(by_subject[one.label][place]) for one in result.subjects if one.label in by_subject}
        if sum(shares.values()) > _LEAST:
            each = ", ".join(f"{clean(name)} {percent(share)}" for name, share in shares.items() if share > _LEAST)
            lines.append(f"{metric_words(metric)}: {each}")
    if not np.isnan(cores := found.other_cores[place]):
        lines.append(f"other programs: {cores:.1f} cores{', disturbed' if found.disturbed[place] else ''}")
    begin = place * found.width_s
    when = f"second {begin}" if found.width_s == 1 else f"seconds {begin} to {begin + found.width_s}"
    return "\n".join([when, *lines]) if lines else ""


def _table(found: Seconds, result: Result) -> Table:
    """Return for how many seconds each subject was measured."""
    rows = []
    for subject in result.subjects:
        took = (by_subject.get(subject.label) for by_subject in found.shares.values())
        seconds_ = [0.0 if shares is None else float(shares.sum()) * found.width_s for shares in took]
        rows.append([subject_name(subject), *(f"{one:,.1f} s" for one in seconds_)])
    return Table(["subject", *map(metric_words, found.shares)], rows)
