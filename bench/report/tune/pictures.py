"""Pictures of a tuning: what each try gained until it was dropped, and a curve over each setting's values."""

from functools import partial
from itertools import groupby

from bench.records.figures import Estimate
from bench.records.gain import Gain
from bench.records.tune import Curve, Tried, TuneRecord
from bench.report.pictures.frame import LEFT, RIGHT, Picture, axis_name, ends_of
from bench.report.pictures.ordered import Ordered, draw_ordered
from bench.report.pictures.scales import ScaleOf
from bench.report.pictures.svg import Canvas, drawn_both_ways, shortened
from bench.report.tune.tables import ordered, what_came
from bench.report.tune.words import STAGES, short, title_of, value_text
from bench.text.cleaning import clean
from bench.text.numbers import number, plural, ratio_bounds, ratio_figure, ratio_text

__all__ = ["curve_pictures", "tried_pictures"]

_ROW = 34  # pixels
_LABEL = 42  # characters
_FEWEST_POINTS = 3


def tried_pictures(record: TuneRecord) -> list[Picture]:
    """Draw the gains of what was tried, a picture for each stage: what was dropped is hollow."""
    stages = groupby(ordered(record), key=lambda one: one.stage)
    known = ((name, [one for one in some if one.gain]) for name, some in stages)
    return [_tried(record, STAGES[name], some) for name, some in known if some]


def _tried(record: TuneRecord, caption: str, some: list[Tried]) -> Picture:
    ends = [*ends_of(_estimate(one.gain) for one in some if one.gain), 1.0]
    method = f"Beside the present settings of {title_of(record)}. Hollow: dropped, so that the others get its time."
    drawing = drawn_both_ways(partial(_rows, caption, some, ends), ends)
    return Picture(drawing=drawing, caption=caption, method=method, table=None)


def _rows(caption: str, some: list[Tried], ends: list[float], scale_of: ScaleOf) -> Canvas:
    foot = _ROW * len(some) + 8
    canvas = Canvas(foot + 42, caption, "A mark with its 95 % interval for each try, the best first.")
    scale = scale_of(ends, LEFT, RIGHT)
    canvas.axis_below(scale, foot, 4, _named)
    canvas.line((scale(1.0), 4), (scale(1.0), foot), "break")
    canvas.text(RIGHT, foot + 34, axis_name("gain over the present settings", scale), "end quiet")
    for place, one in enumerate(some):
        _row(canvas, _ROW * place, one, scale_of, ends)
    return canvas


def _row(canvas: Canvas, top: float, one: Tried, scale_of: ScaleOf, ends: list[float]) -> None:
    gain, scale = one.gain, scale_of(ends, LEFT, RIGHT)
    if gain is None:
        return
    name, sets = short(one.settings), plural(one.generations, "set")
    canvas.text(LEFT, top + 15, shortened(name, _LABEL))
    canvas.text(RIGHT + 18, top + 15, f"{ratio_text(gain.value)}, {sets}", "end quiet")
    with canvas.of(0 if one.fate == "kept" else 7):
        if bounds := ratio_bounds(gain):
            canvas.whisker((scale(bounds[0]), scale(bounds[1])), top + 26)
        tip = f"{name}: {ratio_figure(gain)}, {plural(one.generations, 'set')} of fresh processes, {what_came(one)}"
        canvas.mark(scale(gain.value), top + 26, hollow=one.fate != "kept", tip=tip)


def _named(gain: float) -> str:
    return f"{number(gain)}x" if gain else "0"


def _estimate(gain: Gain) -> Estimate:
    """Return the gain, without an interval where too few blocks show it: that of two may span all orders."""
    low, high = ratio_bounds(gain) or (None, None)
    return Estimate(value=gain.value, low=low, high=high)


def curve_pictures(record: TuneRecord) -> list[Picture]:
    """Draw the gain over the values of each setting of which several were measured, or that is part of the answer."""
    of_answer = {line.setting.name for line in record.lines}
    shown = [one for one in record.curves if len(one.points) >= _FEWEST_POINTS or one.setting in of_answer]
    return [_curve(one) for one in shown]


def _curve(curve: Curve) -> Picture:
    name = clean(curve.setting)
    places = [value_text(curve.setting, point.value) + (" (today)" if point.present else "") for point in curve.points]
    figures = [
        Estimate(value=1.0) if one.present else _estimate(one.gain) if one.gain else None for one in curve.points
    ]
    ordered_ = Ordered(
        caption=name,
        description=f"the gain with each of {plural(len(places), 'value')} of {name}",
        figures=figures,
        labels=dict(enumerate(places)),
        places=places,
        what="gain over today's value",
        name=_named,
    )
    method = f"The gain of each value of {name} that was tried, with all other settings as they are today."
    return Picture(drawing=draw_ordered(ordered_), caption=name, method=method, table=None)
