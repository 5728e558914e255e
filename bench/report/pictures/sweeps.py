"""Pictures of a series: figures by the swept parameter, such as load, payload or concurrency."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from bench.figures.crossings import KEY
from bench.metrics.registry import find_metric
from bench.records.figures import Estimate, RoundTrips, Row, Scaling
from bench.records.result import Result
from bench.records.turns import Place
from bench.report.method import how
from bench.report.pictures.frame import (
    GUTTER,
    LEFT,
    LEGEND_ROW,
    RIGHT,
    Picture,
    axis_name,
    canvas_of,
    caption_of,
    drawn,
    ends_of,
    estimate_of,
    figure_text,
    folded_but_one,
    legend,
    namer,
    void_note,
)
from bench.report.pictures.over_distance import flips_of, flips_told, line_of, line_points
from bench.report.pictures.scales import Scale, ScaleOf, scale_from_zero
from bench.report.pictures.svg import Canvas, drawn_both_ways
from bench.report.sections import Line, Section
from bench.stats.scaling import usl_throughput
from bench.text.cleaning import clean
from bench.text.numbers import number
from bench.text.places import axis_title, place_key, place_value, swept, without
from bench.text.table import Table

__all__ = ["scaled_rate", "sweep_pictures"]

_PANEL, _GAP = 150, 34  # heights in pixels
_LOG_FROM = 10  # from this ratio of the highest to the lowest value, the axis is logarithmic
_ROOM = 0.06  # share of the axis left free before the first value and after the last
_ZERO_PX = 14  # from the left end to a zero that a logarithmic axis has apart
_NEAREST = 46  # fewest pixels between two ticks
_FIT_POINTS = 60


@dataclass(frozen=True, kw_only=True)
class _Measure:
    """A figure that has its own panel."""

    what: str
    of: Callable[[Row], Estimate | None]


@dataclass(frozen=True, kw_only=True)
class _Series:
    """One subject's rows by the swept value."""

    line: Line
    rows: list[tuple[float, Row]]
    fit: Scaling | None
    over: RoundTrips | None = None
    """Its line over the distance."""


@dataclass(frozen=True, kw_only=True)
class _Sweep:
    """All subjects' rows by one part of their places; the rest of the place is the same for all."""

    section: Section
    key: str
    rest: Place
    series: list[_Series]
    flips: list[float]
    """Where one subject overtakes another."""

    @property
    def values(self) -> list[float]:
        return sorted({value for one in self.series for value, _ in one.rows})


@dataclass(frozen=True)
class _Axis:
    """Map swept values to pixels."""

    scale: Scale
    values: list[float]
    title: str

    def __call__(self, value: float) -> float:
        return self.scale(value)

    def ticks(self) -> list[float]:
        """Return the values whose labels fit side by side."""
        kept: list[float] = []
        for value in self.values:
            if not kept or self(value) - self(kept[-1]) >= _NEAREST:
                kept.append(value)
        return kept


def sweep_pictures(section: Section, result: Result) -> list[Picture]:
    """Draw pictures for each swept part of the places; of several for the same part, all but one are folded."""
    return [
        picture
        for key in swept(line.at for line in section.lines)
        for picture in folded_but_one([_draw(sweep, result) for sweep in _sweeps(section, key, result)])
    ]


def scaled_rate(fit: Scaling, concurrency: float) -> float:
    """Return tasks per second at a concurrency, according to the fit."""
    return float(usl_throughput(concurrency, fit.per_second.value, fit.alpha.value, fit.beta.value))


def _sweeps(section: Section, key: str, result: Result) -> list[_Sweep]:
    rests = {place_key(rest): rest for line in section.lines if key in line.at for rest in [without(line.at, key)]}
    sweeps = [_sweep(section, key, rest, result) for rest in rests.values()]
    return [sweep for sweep in sweeps if len(sweep.values) > 1]


def _sweep(section: Section, key: str, rest: Place, result: Result) -> _Sweep:
    here = [line for line in section.lines if key in line.at and place_key(without(line.at, key)) == place_key(rest)]
    by_subject: dict[int, list[Line]] = {}
    for line in here:
        if drawn(line):
            by_subject.setdefault(line.number, []).append(line)
    is_fitted = key == find_metric(section.metric).words.fitted_over
    here_too = (one for one in result.scaling if place_key(one.at) == place_key(rest))
    fits = {one.subject: one for one in here_too} if is_fitted else {}
    series = [_series(key, lines, fits.get(lines[0].subject.label)) for _, lines in sorted(by_subject.items())]
    if key == KEY:
        series = [replace(one, over=line_of(one.line.subject.label, section, rest, result)) for one in series]
    flips = flips_of(section, key, rest, result)
    return _Sweep(section=section, key=key, rest=rest, series=series, flips=flips)


def _series(key: str, lines: list[Line], fit: Scaling | None) -> _Series:
    rows = [(value, line.row) for line in lines if line.row and not isinstance(value := line.at[key], str)]
    return _Series(line=lines[0], rows=sorted(rows, key=lambda row: row[0]), fit=fit)


def _measures(section: Section) -> list[_Measure]:
    words = find_metric(section.metric).words
    also = [_Measure(what=what, of=of) for what, of in words.also]
    return [*also, _Measure(what=words.what, of=estimate_of)]


def _draw(sweep: _Sweep, result: Result) -> Picture:
    section, measures = sweep.section, _measures(sweep.section)
    first = False if any(one.fit for one in sweep.series) else None  # only a scale from zero shows a fit's shape
    ends = ends_of(_estimates(sweep, measures[-1]))
    drawing = drawn_both_ways(partial(_panels, sweep), ends, logarithmic=first)
    caption = caption_of(section.metric, f"by {axis_title(sweep.key)}", sweep.rest)
    method = f"{how(section.metric, result)}; {_meant(sweep)}{void_note(section)}"
    leads = [*result.workload.points()[0][0]] == [sweep.key]
    return Picture(drawing=drawing, caption=caption, method=method, table=_table(sweep, measures), leads=leads)


def _panels(sweep: _Sweep, scale_of: ScaleOf) -> Canvas:
    section, measures = sweep.section, _measures(sweep.section)
    caption = caption_of(section.metric, f"by {axis_title(sweep.key)}", sweep.rest)
    foot = 28 + len(measures) * _PANEL + (len(measures) - 1) * _GAP
    canvas = canvas_of(foot + 44 + LEGEND_ROW * len(sweep.series), caption, section, "One line for each subject.")
    across = _across(sweep, linear=scale_of is scale_from_zero)
    for place, measure in enumerate(measures):
        top = 28 + place * (_PANEL + _GAP)
        up = scale_of(ends_of(_estimates(sweep, measure)), top + _PANEL, top)
        _panel(canvas, sweep, measure, across, up)
    for value in across.ticks():
        canvas.text(across(value), foot + 15, place_value(sweep.key, value), "middle quiet")
    canvas.text(RIGHT, foot + 33, across.title, "end quiet")
    for row_number, one in enumerate(sweep.series):
        legend(canvas, one.line, foot + 54 + LEGEND_ROW * row_number)
    return canvas


def _estimates(sweep: _Sweep, measure: _Measure) -> list[Estimate]:
    return [one for series in sweep.series for _, row in series.rows if (one := measure.of(row))]


def _across(sweep: _Sweep, *, linear: bool) -> _Axis:
    """Return the axis of the swept values, with ticks at them.

    The axis is logarithmic if the values are far apart, and zero then stands apart from it. Distances are on the same
    kind of scale as the figures: times by distance are straight lines, which only a ``linear`` picture shows.
    """
    values, title = sweep.values, axis_title(sweep.key)
    peaks = [one.fit.peak_concurrency for one in sweep.series if one.fit and one.fit.peak_concurrency]
    above = [value for value in values if value > 0] or [1.0]
    if any(one.fit for one in sweep.series):
        return _Axis(Scale(0.0, 1.05 * max([*values, *peaks]), GUTTER, RIGHT, False, ()), values, title)
    if max(values) < _LOG_FROM * min(above) or (linear and sweep.key == KEY):
        return _Axis(_roomy(min(values), max(values)), values, title)
    if len(above) == len(values):
        wide = (max(values) / min(values)) ** _ROOM
        scale = Scale(min(values) / wide, max(values) * wide, GUTTER, RIGHT, True, ())
        return _Axis(scale, values, f"{title} (logarithmic)")
    apart = (max(above) / min(above)) ** (1 / max(1, len(above) - 1))
    scale = Scale(min(above) / apart, max(above) * apart**_ROOM, GUTTER + _ZERO_PX, RIGHT, True, ())
    return _Axis(scale, values, f"{title} (logarithmic, except 0)")


def _roomy(low: float, high: float) -> Scale:
    room = _ROOM * (high - low)
    return Scale(low - room, high + room, GUTTER, RIGHT, False, ())


def _panel(canvas: Canvas, sweep: _Sweep, measure: _Measure, across: _Axis, up: Scale) -> None:
    foot, top = up.start_px, up.end_px
    canvas.axis_left(up, GUTTER, RIGHT, namer(sweep.section.metric))
    canvas.lines((((across(value), top), (across(value), foot)) for value in across.ticks()), "grid")
    canvas.text(LEFT, top - 12, axis_name(measure.what, up), "quiet")
    for flip in sweep.flips:
        canvas.line((across(flip), top), (across(flip), foot), "break")
    for series in sweep.series:
        with canvas.of(series.line.number):
            _fitted(canvas, series, across, up)
            _points(canvas, series, sweep, measure, across, up)


def _points(canvas: Canvas, series: _Series, sweep: _Sweep, measure: _Measure, across: _Axis, up: Scale) -> None:
    found = [(value, one) for value, row in series.rows if (one := measure.of(row))]
    is_compared = measure.what == find_metric(sweep.section.metric).words.what
    if series.over and is_compared:
        canvas.curve([(across(x), up(y)) for x, y in line_points(series.over, [value for value, _ in series.rows])])
    elif not series.fit and len(found) > 1:
        canvas.curve([(across(value), up(one.value)) for value, one in found])
    for value, one in found:
        x, text = across(value), str(figure_text(one, sweep.section.metric))
        if one.low is not None and one.high is not None:
            canvas.upright(x, (up(one.low), up(one.high)))
        tip = f"{series.line.name}, {axis_title(sweep.key)} {place_value(sweep.key, value)}: {text}"
        canvas.mark(x, up(one.value), hollow=series.line.emulated, tip=tip)


def _fitted(canvas: Canvas, series: _Series, across: _Axis, up: Scale) -> None:
    """Draw the fit over the measured range, and on to its peak if one was found."""
    if not series.fit or not series.rows:
        return
    first, last = series.rows[0][0], max(series.rows[-1][0], series.fit.peak_concurrency or 0)
    points = [(across(value), up(scaled_rate(series.fit, value))) for value in np.linspace(first, last, _FIT_POINTS)]
    canvas.curve(points)


def _meant(sweep: _Sweep) -> str:
    if not any(one.fit for one in sweep.series):
        lines = " Lines are fitted: round trips, and the rest of the time." if any(o.over for o in sweep.series) else ""
        whiskers = "whiskers are the 95 % interval, from the spread between processes and blocks."
        return f"{whiskers}{lines}{flips_told(sweep.flips)}"
    ends = [_peak(one) for one in sweep.series if one.fit]
    return (
        "marks are the measured figures, with the 95 % interval; lines are the fit of the Universal Scalability Law "
        f"(Gunther), drawn over the measured range and on to its peak, if any. {' '.join(ends)}"
    )


def _peak(series: _Series) -> str:
    fit = series.fit
    if fit and fit.peak_concurrency is not None:
        return f"{series.line.name} peaks at a concurrency of {number(fit.peak_concurrency)}."
    reason = f": {clean(fit.why_not).rstrip('.')}" if fit and fit.why_not else ""
    return f"{series.line.name} has no peak{reason}."


def _table(sweep: _Sweep, measures: list[_Measure]) -> Table:
    """Return each subject's figures by the swept value, and the fit at these values."""
    heads, columns = [axis_title(sweep.key)], []
    for one in sweep.series:
        known = dict(one.rows)
        for measure in measures:
            heads.append(one.line.name if len(measures) == 1 else f"{one.line.name}, {measure.what.split()[0]}")
            columns.append([_cell(known.get(value), measure, sweep) for value in sweep.values])
        if one.fit:
            heads.append(f"{one.line.name}, fit")
            columns.append([number(scaled_rate(one.fit, value)) for value in sweep.values])
    names = [place_value(sweep.key, value) for value in sweep.values]
    return Table(heads, [list(row) for row in zip(names, *columns, strict=True)])


def _cell(row: Row | None, measure: _Measure, sweep: _Sweep) -> str:
    return str(figure_text(measure.of(row) if row else None, sweep.section.metric))
