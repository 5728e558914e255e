"""Draws the pictures of a section, each with its caption and its data as a table."""

from functools import partial

from bench.metrics.registry import find_metric
from bench.records.figures import Estimate
from bench.records.result import Result
from bench.report.method import how
from bench.report.pictures.bars import own_picture, share_picture
from bench.report.pictures.curves import drift_pictures, percentile_pictures
from bench.report.pictures.frame import (
    LABEL_CHARACTERS,
    LEFT,
    RIGHT,
    Picture,
    axis_name,
    canvas_of,
    caption_of,
    drawn,
    ends_of,
    estimate_of,
    figure_text,
    namer,
    void_note,
)
from bench.report.pictures.scales import Scale, ScaleOf
from bench.report.pictures.svg import Canvas, drawn_both_ways, shortened
from bench.report.pictures.sweeps import sweep_pictures
from bench.report.sections import Line, Section
from bench.text.places import swept
from bench.text.table import Table

__all__ = ["pictures"]

_ROW = 44  # height in pixels


def pictures(section: Section, result: Result) -> list[Picture]:
    """Draw a section; pictures without figures are left out."""
    metric = find_metric(section.metric)
    if not section.timed:
        drawn_ = own_picture(section, metric.picture(section.lines, result))
        return [drawn_] if drawn_ else []
    series = sweep_pictures(section, result)
    if not swept(line.at for line in section.lines):
        series = [picture for picture in [_intervals(section, result)] if picture]
    curves = percentile_pictures(section, result) if metric.words.curve else []
    shares = [picture for picture in [share_picture(section, result)] if picture]
    drifts = [] if metric.few else drift_pictures(section, result)  # single calls scatter too much to show a drift
    return [*series, *curves, *shares, *drifts]


def _intervals(section: Section, result: Result) -> Picture | None:
    """Draw each subject's figure as a mark, and its interval as whiskers."""
    metric, what = section.metric, find_metric(section.metric).words.what
    known = [(line, found) for line in section.lines if (row := drawn(line)) and (found := estimate_of(row))]
    if not known:
        return None
    drawing = drawn_both_ways(partial(_drawn, section, known), ends_of(one for _, one in known))
    whiskers = "whiskers are the 95 % interval, from the spread between processes and blocks."
    method = f"{how(metric, result)}; {whiskers}{void_note(section)}"
    table = _interval_table(known, section)
    return Picture(drawing=drawing, caption=caption_of(metric, what), method=method, table=table)


def _drawn(section: Section, known: list[tuple[Line, Estimate]], scale_of: ScaleOf) -> Canvas:
    metric, what, foot = section.metric, find_metric(section.metric).words.what, _ROW * len(known) + 8
    described = "One mark with its 95 % interval for each subject."
    canvas = canvas_of(foot + 42, caption_of(metric, what), section, described)
    scale = scale_of(ends_of(one for _, one in known), LEFT, RIGHT)
    canvas.axis_below(scale, foot, 4, namer(metric))
    canvas.text(RIGHT, foot + 34, axis_name(what, scale), "end quiet")
    for row_number, (line, estimate) in enumerate(known):
        with canvas.of(line.number):
            _interval(canvas, scale, _ROW * row_number, line, estimate)
    return canvas


def _interval(canvas: Canvas, scale: Scale, top: float, line: Line, estimate: Estimate) -> None:
    text = str(figure_text(estimate, line.metric))
    canvas.text(LEFT, top + 18, shortened(line.full_name, LABEL_CHARACTERS))
    canvas.text(RIGHT + 18, top + 18, text, "end")
    if estimate.low is not None and estimate.high is not None:
        canvas.whisker((scale(estimate.low), scale(estimate.high)), top + 33)
    canvas.mark(scale(estimate.value), top + 33, hollow=line.emulated, tip=f"{line.full_name}: {text}")


def _interval_table(known: list[tuple[Line, Estimate]], section: Section) -> Table:
    samples = find_metric(section.metric).words.samples
    table = Table(["subject", find_metric(section.metric).words.what, "95 % interval", "blocks", samples])
    for line, estimate in known:
        figure = figure_text(estimate, section.metric)
        counts = (line.row.blocks, line.row.samples) if line.row else ()
        table.rows.append([line.full_name, figure.text, figure.interval, *(f"{count:,}" for count in counts)])
    return table
