"""Draws the pictures of a section, each with its caption and its data as a table."""

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
    estimate_of,
    figure_text,
    namer,
    void_note,
)
from bench.report.pictures.svg import Canvas, Scale, scale_over, shortened
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
    return [*series, *curves, *shares, *drift_pictures(section, result)]


def _intervals(section: Section, result: Result) -> Picture | None:
    """Draw each subject's figure as a mark, and its interval as whiskers."""
    metric, what = section.metric, find_metric(section.metric).words.what
    known = [(line, found) for line in section.lines if (row := drawn(line)) and (found := estimate_of(row))]
    if not known:
        return None
    caption, foot = caption_of(metric, what), _ROW * len(known) + 8
    canvas = canvas_of(foot + 42, caption, section, "One mark with its 95 % interval for each subject.")
    ends = [end for _, one in known for end in (one.value, one.low, one.high) if end is not None]
    scale = scale_over(ends, LEFT, RIGHT)
    canvas.axis_below(scale, foot, 4, namer(metric))
    canvas.text(RIGHT, foot + 34, axis_name(what, scale), "end quiet")
    for row_number, (line, estimate) in enumerate(known):
        canvas.text(RIGHT + 18, _ROW * row_number + 18, str(figure_text(estimate, metric)), "end")
        _interval(canvas, scale, _ROW * row_number, line, estimate)
    whiskers = "whiskers are the 95 % interval, from the spread between processes and blocks."
    method = f"{how(metric, result)}; {whiskers}{void_note(section)}"
    return Picture(drawing=canvas.markup(), caption=caption, method=method, table=_interval_table(known, section))


def _interval(canvas: Canvas, scale: Scale, top: float, line: Line, estimate: Estimate) -> None:
    canvas.text(LEFT, top + 18, shortened(line.full_name, LABEL_CHARACTERS))
    if estimate.low is not None and estimate.high is not None:
        canvas.whisker((scale(estimate.low), scale(estimate.high)), top + 33, line.number)
    canvas.mark(scale(estimate.value), top + 33, line.number, hollow=line.emulated)


def _interval_table(known: list[tuple[Line, Estimate]], section: Section) -> Table:
    samples = find_metric(section.metric).words.samples
    table = Table(["subject", find_metric(section.metric).words.what, "95 % interval", "blocks", samples])
    for line, estimate in known:
        figure = figure_text(estimate, section.metric)
        counts = (line.row.blocks, line.row.samples) if line.row else ()
        table.rows.append([line.full_name, figure.text, figure.interval, *(f"{count:,}" for count in counts)])
    return table
