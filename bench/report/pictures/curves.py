"""Pictures of rows' histograms and drift: times by percentile, and figures over the run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

from bench.metrics.registry import find_metric
from bench.metrics.telling import Curve
from bench.records.figures import Row
from bench.records.result import Result
from bench.records.turns import Place
from bench.report.method import how
from bench.report.pictures.frame import (
    GUTTER,
    LABEL_CHARACTERS,
    LEFT,
    LEGEND_ROW,
    RIGHT,
    Picture,
    axis_name,
    canvas_of,
    caption_of,
    drawn,
    folded_but_one,
    legend,
    namer,
    void_note,
)
from bench.report.pictures.points import by_percentile, percentiles_shown
from bench.report.pictures.scales import Scale, ScaleOf, linear_scale
from bench.report.pictures.svg import Canvas, Drawing, drawn_both_ways, shortened
from bench.report.sections import Line, Section
from bench.text.numbers import MISSING, duration, duration_figure, number, percentile
from bench.text.table import Table

__all__ = ["drift_pictures", "percentile_pictures"]

_NINES = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)
_FOOT = 220
_MOST_DOTS = 24
_STRIP, _STRIP_ROW = 40, 70  # heights in pixels


@dataclass(frozen=True, kw_only=True)
class _Curve:
    line: Line
    row: Row
    points: list[tuple[float, float]]


def percentile_pictures(section: Section, result: Result) -> list[Picture]:
    """Draw times by percentile for each place; all pictures but the middle one are folded."""
    return _by_place(section, lambda row: by_percentile(row.histogram), _percentiles, result)


def drift_pictures(section: Section, result: Result) -> list[Picture]:
    """Draw figures over the run at the middle one of the places; nothing if there are none."""
    return [one for one in _by_place(section, _over_time, _drift, result) if not one.folded]


def _over_time(row: Row) -> list[tuple[float, float]]:
    """Return the row's figures over the run; of many, the medians of neighbours, from the first one's time on."""
    each = -(-len(row.drift) // _MOST_DOTS)
    groups = (row.drift[start : start + each] for start in range(0, len(row.drift), each or 1))
    return [(group[0][0], median(figure for _, figure in group)) for group in groups]


def _by_place(
    section: Section,
    points: Callable[[Row], list[tuple[float, float]]],
    draw: Callable[[Section, Result, Place, list[_Curve]], Picture],
    result: Result,
) -> list[Picture]:
    found = [(at, _curves(lines, points)) for at, lines in section.groups()]
    drawn_ = [draw(section, result, at, curves) for at, curves in found if curves]
    return folded_but_one(drawn_)


def _curves(lines: list[Line], points: Callable[[Row], list[tuple[float, float]]]) -> list[_Curve]:
    known = (_Curve(line=line, row=row, points=points(row)) for line in lines if (row := drawn(line)))
    return [curve for curve in known if curve.points]


def _percentiles(section: Section, result: Result, at: Place, curves: list[_Curve]) -> Picture:
    """Draw times by percentile on an axis that stretches the tail."""
    metric, samples, shown = section.metric, find_metric(section.metric).words.samples, _curve_words(section)
    caption = caption_of(metric, shown.caption, at)
    times = [time for curve in curves for _, time in curve.points]
    drawing = drawn_both_ways(partial(_lines, section, caption, curves), times, logarithmic=shown.logarithmic or None)
    method = f"{how(metric, result)}; a line ends where fewer than ten {samples} lie beyond it.{void_note(section)}"
    return Picture(drawing=drawing, caption=caption, method=method, table=_percentile_table(curves))


def _curve_words(section: Section) -> Curve:
    words = find_metric(section.metric).words
    return words.curve or Curve(axis=words.what)


def _lines(section: Section, caption: str, curves: list[_Curve], scale_of: ScaleOf) -> Canvas:
    samples = find_metric(section.metric).words.samples
    canvas = canvas_of(_FOOT + 44 + LEGEND_ROW * len(curves), caption, section, "One line for each subject.")
    across = _percentile_scale(max(share for curve in curves for share, _ in curve.points))
    up = scale_of([time for curve in curves for _, time in curve.points], _FOOT, 28)
    canvas.axis_left(up, GUTTER, RIGHT, namer(section.metric))
    canvas.axis_below(across, _FOOT, 28, lambda odds: percentile(1 - 1 / odds))
    canvas.text(LEFT, 12, axis_name(_curve_words(section).axis, up), "quiet")
    canvas.text(RIGHT, _FOOT + 33, f"share of {samples} that took at most this long", "end quiet")
    for row_number, curve in enumerate(curves):
        with canvas.of(curve.line.number):
            _line(canvas, curve, across, up)
        legend(canvas, curve.line, _FOOT + 54 + LEGEND_ROW * row_number)
    return canvas


def _percentile_scale(most: float) -> Scale:
    """Return a scale of ``1 / (1 - share)``, on which each further nine takes the same space."""
    ticks = tuple(1 / (1 - share) for share in _NINES if share <= most + 1e-9)
    return Scale(1.0, 1 / (1 - most), GUTTER, RIGHT, logarithmic=True, ticks=ticks)


def _line(canvas: Canvas, curve: _Curve, across: Scale, up: Scale) -> None:
    """Draw a curve, with a mark at each percentile that has a name and enough samples."""
    canvas.curve([(across(1 / (1 - share)), up(time)) for share, time in curve.points])
    for share, text in _named_percentiles(curve.row).items():
        tip = f"{curve.line.name}, {percentile(share)}: {text}"
        time = percentiles_shown(curve.row.histogram)[share]
        canvas.mark(across(1 / (1 - share)), up(time), hollow=curve.line.emulated, tip=tip)


def _named_percentiles(row: Row) -> dict[float, str]:
    """Return the percentiles that have enough samples, with their intervals if these are known."""
    known = {0.5: row.median_ns, 0.95: row.p95_ns, 0.99: row.p99_ns, 0.999: row.p999_ns}
    shown = percentiles_shown(row.histogram).items()
    return {share: str(duration_figure(one)) if (one := known.get(share)) else duration(time) for share, time in shown}


def _percentile_table(curves: list[_Curve]) -> Table:
    known = {curve.line.full_name: _named_percentiles(curve.row) for curve in curves}
    shares = sorted({share for one in known.values() for share in one})
    rows = [[name, *(one.get(share, MISSING) for share in shares)] for name, one in known.items()]
    return Table(["subject", *map(percentile, shares)], rows)


def _drift(section: Section, result: Result, at: Place, curves: list[_Curve]) -> Picture:
    """Draw each subject's figures over the run in its own strip, relative to its own median, to show drift."""
    metric = section.metric
    caption, foot = caption_of(metric, "drift over the run", at), _STRIP_ROW * len(curves) + 4
    canvas = canvas_of(foot + 40, caption, section, "One strip for each subject; a level line means no drift.")
    across = linear_scale(max(seconds for curve in curves for seconds, _ in curve.points) or 1, GUTTER, RIGHT)
    canvas.axis_below(across, foot, 22, number)
    canvas.text(RIGHT, foot + 32, "seconds since the start", "end quiet")
    relative = [_over_its_median(curve) for curve in curves]
    for row_number, (own, curve) in enumerate(zip(curves, relative, strict=True)):
        tips = [f"{curve.line.name} at {number(at)} s: {find_metric(metric).text(figure)}" for at, figure in own.points]
        with canvas.of(curve.line.number):
            _strip(canvas, curve, across, _strip_scale(relative, _STRIP_ROW * row_number + 24), tips)
    what = find_metric(metric).words.what
    method = f"{how(metric, result)}; {what}, over the subject's own median of the run.{void_note(section)}"
    drawing = Drawing(canvas.markup())
    return Picture(drawing=drawing, caption=caption, method=method, table=_drift_table(curves, metric))


def _over_its_median(curve: _Curve) -> _Curve:
    middle = median(figure for _, figure in curve.points)
    return replace(curve, points=[(seconds, figure / middle) for seconds, figure in curve.points])


def _strip_scale(curves: list[_Curve], top: float) -> Scale:
    """Return a scale with the same range for all strips, so that their drifts can be compared."""
    figures = [figure for curve in curves for _, figure in curve.points]
    low, high = min(0.95, *figures), max(1.05, *figures)
    return Scale(low, high, top + _STRIP, top, logarithmic=False, ticks=(low, high))


def _strip(canvas: Canvas, curve: _Curve, across: Scale, up: Scale, tips: list[str]) -> None:
    canvas.text(GUTTER, up.end_px - 6, shortened(curve.line.name, LABEL_CHARACTERS))
    canvas.axis_left(up, GUTTER, RIGHT, "{:.2f}x".format)
    canvas.line((GUTTER, up(1)), (RIGHT, up(1)), "axis")
    places = [(across(seconds), up(figure)) for seconds, figure in curve.points]
    canvas.curve(places)
    for place, tip in zip(places, tips, strict=True):
        canvas.dot(*place, tip)


def _drift_table(curves: list[_Curve], metric: str) -> Table:
    known = [{round(seconds, 1): figure for seconds, figure in curve.points} for curve in curves]
    spells = sorted({seconds for one in known for seconds in one})
    rows = [[f"{seconds:,.1f}", *(find_metric(metric).text(one.get(seconds)) for one in known)] for seconds in spells]
    return Table(["from second", *(curve.line.name for curve in curves)], rows)
