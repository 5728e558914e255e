"""The pictures of a report, each with what it shows in words and in a table."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

from markupsafe import Markup

from bench.records.result import Estimate, Metric, Result
from bench.report.facts import Table
from bench.report.figures import Figure, duration, duration_figure, percentile, rate, rate_figure
from bench.report.points import by_percentile, over_blocks, percentiles_shown
from bench.report.sections import Line, Section
from bench.report.svg import WIDTH, Canvas, Scale, linear_scale, scale_over, shortened
from bench.report.wording import measured_blocks

__all__ = ["Picture", "pictures"]

_WHAT: dict[Metric, str] = {"enqueue": "median of one call", "throughput": "tasks a second"}
_NINES = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)
_LEFT, _GUTTER, _RIGHT = 12, 64, WIDTH - 30
_LABEL_CHARACTERS = 34
_ROW, _STRIP, _STRIP_ROW, _LEGEND_ROW = 44, 40, 70, 20  # heights in pixels
_CURVE_FOOT = 220


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawing, what it shows, how that was measured, and the table behind it."""

    drawing: Markup
    caption: str
    method: str
    table: Table


@dataclass(frozen=True, kw_only=True)
class _Curve:
    line: Line
    points: list[tuple[float, float]]


def pictures(section: Section, result: Result) -> list[Picture]:
    """Draw a section; what there are no figures for is left out."""
    drawn = [_intervals(section, result)]
    if section.metric == "enqueue":
        drawn.append(_percentiles(section, result))
    drawn.append(_drift(section, result))
    return [picture for picture in drawn if picture]


def _intervals(section: Section, result: Result) -> Picture | None:
    """Draw each subject's figure as a mark, and its interval as whiskers."""
    metric = section.metric
    known = [(line, found) for line in section.lines if (found := _estimate(line, metric))]
    if not known:
        return None
    caption, foot = f"{metric.capitalize()}: {_WHAT[metric]}", _ROW * len(known) + 8
    canvas = _canvas(foot + 42, caption, section, "One mark and its 95 % interval for each subject.")
    ends = [end for _, one in known for end in (one.value, one.low, one.high) if end is not None]
    scale = scale_over(ends, _LEFT, _RIGHT)
    canvas.axis_below(scale, foot, 4, _namer(metric))
    canvas.text(_RIGHT, foot + 34, _axis_title(_WHAT[metric], scale), "end quiet")
    for row, (line, estimate) in enumerate(known):
        canvas.text(_RIGHT + 18, _ROW * row + 18, str(_figure(estimate, metric)), "end")
        _interval(canvas, scale, _ROW * row, line, estimate)
    how = f"{_turns(metric, result)}; whiskers are the 95 % interval, from the spread between processes and blocks."
    table = _interval_table(known, metric)
    return Picture(drawing=canvas.markup(), caption=caption, method=how, table=table)


def _interval(canvas: Canvas, scale: Scale, top: float, line: Line, estimate: Estimate) -> None:
    canvas.text(_LEFT, top + 18, shortened(line.name, _LABEL_CHARACTERS))
    if estimate.low is not None and estimate.high is not None:
        canvas.whisker((scale(estimate.low), scale(estimate.high)), top + 33, line.number)
    canvas.mark(scale(estimate.value), top + 33, line.number, hollow=line.emulated)


def _interval_table(known: list[tuple[Line, Estimate]], metric: Metric) -> Table:
    samples = "calls" if metric == "enqueue" else "tasks"
    table = Table(["subject", _WHAT[metric], "95 % interval", "blocks", samples])
    for line, estimate in known:
        figure = _figure(estimate, metric)
        counts = (line.row.blocks, line.row.samples) if line.row else ()
        table.rows.append([line.name, figure.text, figure.interval, *(f"{count:,}" for count in counts)])
    return table


def _percentiles(section: Section, result: Result) -> Picture | None:
    """Draw latency by percentile, on an axis that stretches the tail."""
    curves = _curves(section, lambda label: by_percentile(result, label))
    if not curves:
        return None
    caption, foot = "Enqueue: time of a call by percentile", _CURVE_FOOT
    canvas = _canvas(foot + 44 + _LEGEND_ROW * len(curves), caption, section, "One line for each subject.")
    across = _percentile_scale(max(share for curve in curves for share, _ in curve.points))
    up = scale_over([time for curve in curves for _, time in curve.points], foot, 28)
    canvas.axis_left(up, _GUTTER, _RIGHT, _namer("enqueue"))
    canvas.axis_below(across, foot, 28, lambda odds: percentile(1 - 1 / odds))
    canvas.text(_LEFT, 12, _axis_title("time of one call", up), "quiet")
    canvas.text(_RIGHT, foot + 33, "share of calls that took at most so long", "end quiet")
    for row, curve in enumerate(curves):
        places = [(across(1 / (1 - share)), up(time)) for share, time in curve.points]
        _draw(canvas, curve.line, places, legend_y=foot + 54 + _LEGEND_ROW * row)
    how = f"{_turns('enqueue', result)}; a line ends where fewer than ten calls lie beyond it."
    table = _percentile_table(curves, result)
    return Picture(drawing=canvas.markup(), caption=caption, method=how, table=table)


def _percentile_scale(most: float) -> Scale:
    """Give a scale of ``1 / (1 - share)``, on which each further nine takes the same space."""
    ticks = tuple(1 / (1 - share) for share in _NINES if share <= most + 1e-9)
    return Scale(1.0, 1 / (1 - most), _GUTTER, _RIGHT, logarithmic=True, ticks=ticks)


def _draw(canvas: Canvas, line: Line, places: list[tuple[float, float]], legend_y: float) -> None:
    """Draw a curve, marks along it that tell it from the others, and its line of the legend."""
    canvas.curve(places, line.number)
    canvas.curve([(_GUTTER, legend_y - 4), (_GUTTER + 40, legend_y - 4)], line.number)
    for x, y in [*places[:: len(places) // 4], (_GUTTER + 20, legend_y - 4)]:
        canvas.mark(x, y, line.number, hollow=line.emulated)
    canvas.text(_GUTTER + 50, legend_y, shortened(line.name, _LABEL_CHARACTERS))


def _percentile_table(curves: list[_Curve], result: Result) -> Table:
    known = {curve.line.name: percentiles_shown(result, curve.line.subject.label) for curve in curves}
    shares = sorted({share for one in known.values() for share in one})
    rows = [[name, *(duration(one.get(share)) for share in shares)] for name, one in known.items()]
    return Table(["subject", *map(percentile, shares)], rows)


def _drift(section: Section, result: Result) -> Picture | None:
    """Draw each subject's blocks in a strip of its own, over its own median, so that drift shows."""
    metric = section.metric
    curves = _curves(section, lambda label: over_blocks(result, metric, label))
    if not curves:
        return None
    caption, foot = f"{metric.capitalize()}: drift over the run", _STRIP_ROW * len(curves) + 4
    canvas = _canvas(foot + 40, caption, section, "One strip for each subject; a level line is no drift.")
    across = linear_scale(max(number for curve in curves for number, _ in curve.points), _GUTTER, _RIGHT)
    canvas.axis_below(across, foot, 22, "{:,.0f}".format)
    canvas.text(_RIGHT, foot + 32, "block of the run", "end quiet")
    relative = [_over_its_median(curve) for curve in curves]
    for row, curve in enumerate(relative):
        _strip(canvas, curve, across, _strip_scale(relative, _STRIP_ROW * row + 24))
    how = f"{_turns(metric, result)}; {_WHAT[metric]}, over the subject's own median of the run."
    return Picture(drawing=canvas.markup(), caption=caption, method=how, table=_drift_table(curves, metric))


def _over_its_median(curve: _Curve) -> _Curve:
    middle = median(figure for _, figure in curve.points)
    return replace(curve, points=[(number, figure / middle) for number, figure in curve.points])


def _strip_scale(curves: list[_Curve], top: float) -> Scale:
    """Give all strips the same range, so that their drifts can be compared."""
    figures = [figure for curve in curves for _, figure in curve.points]
    low, high = min(0.95, *figures), max(1.05, *figures)
    return Scale(low, high, top + _STRIP, top, logarithmic=False, ticks=(low, high))


def _strip(canvas: Canvas, curve: _Curve, across: Scale, up: Scale) -> None:
    canvas.text(_GUTTER, up.end_px - 6, shortened(curve.line.name, _LABEL_CHARACTERS))
    canvas.axis_left(up, _GUTTER, _RIGHT, "{:.2f}x".format)
    canvas.line((_GUTTER, up(1)), (_RIGHT, up(1)), "axis")
    places = [(across(number), up(figure)) for number, figure in curve.points]
    canvas.curve(places, curve.line.number)
    canvas.mark(*places[-1], curve.line.number, hollow=curve.line.emulated)


def _drift_table(curves: list[_Curve], metric: Metric) -> Table:
    known = [dict(curve.points) for curve in curves]
    blocks = sorted({number for one in known for number in one})
    rows = [[f"{block:,.0f}", *(_printed(one.get(block), metric) for one in known)] for block in blocks]
    return Table(["from block", *(curve.line.name for curve in curves)], rows)


def _turns(metric: Metric, result: Result) -> str:
    """Say in short how a metric was measured; the section says it at length."""
    turn = f"{result.workload.calls} closed-loop calls" if metric == "enqueue" else "one drain of a preloaded queue"
    return f"Measured in turns of {turn}, in {measured_blocks(result, metric):,} blocks"


def _canvas(height: float, caption: str, section: Section, description: str) -> Canvas:
    return Canvas(height, f"{caption}, {section.tier} tier", description)


def _curves(section: Section, points: Callable[[str], list[tuple[float, float]]]) -> list[_Curve]:
    drawn = (_Curve(line=line, points=points(line.subject.label)) for line in section.lines)
    return [curve for curve in drawn if curve.points]


def _estimate(line: Line, metric: Metric) -> Estimate | None:
    if line.row is None:
        return None
    return line.row.median_ns if metric == "enqueue" else line.row.per_second


def _figure(estimate: Estimate, metric: Metric) -> Figure:
    return duration_figure(estimate) if metric == "enqueue" else rate_figure(estimate)


def _printed(figure: float | None, metric: Metric) -> str:
    return duration(figure) if metric == "enqueue" else rate(figure)


def _namer(metric: Metric) -> Callable[[float], str]:
    """Give the function that names the ticks of the metric's axis."""
    return lambda figure: _printed(figure, metric) if figure else "0"


def _axis_title(what: str, scale: Scale) -> str:
    return f"{what} (logarithmic)" if scale.logarithmic else what
