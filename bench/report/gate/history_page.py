"""Renders a history as one HTML page: a picture of each figure, with its intervals, breaks and changes."""

from itertools import pairwise

from bench.gate.history import ChangePoint, DatedFigure, History, Track
from bench.metrics.registry import find_metric
from bench.report.gate.history import READING, change_sentence, history_notes, in_order, nothing_found, track_name
from bench.report.page import page_of
from bench.report.pictures.frame import GUTTER, RIGHT, Picture, axis_name, figure_text, namer
from bench.report.pictures.svg import Canvas, Scale, scale_over
from bench.text.table import Table

__all__ = ["history_html"]

_HEIGHT, _TOP, _FOOT = 190, 12, 150


def history_html(history: History) -> str:
    """Return the page; it needs no network."""
    changes = [
        {"text": f"{track_name(track)}: {change_sentence(track, change)}.", "worse": change.worse}
        for track in history.tracks
        for change in track.changes
    ]
    return page_of(
        "history.html.j2",
        results=history.results,
        notes=history_notes(history),
        changes=changes,
        nothing=nothing_found(history),
        reading=f"Dashed vertical lines are breaks, solid ones are changes. {READING}",
        pictures=[_picture(track) for track in history.tracks],
    )


def _picture(track: Track) -> Picture:
    what = find_metric(track.benchmark.metric).words.what
    canvas = Canvas(_HEIGHT, track_name(track), f"{what} of {len(track.moments)} results, in order of time")
    ends = [end for moment in track.moments for end in _ends(moment)]
    up = scale_over(ends, _FOOT, _TOP)
    canvas.axis_left(up, GUTTER, RIGHT, namer(track.benchmark.metric))
    _dates(canvas, track)
    _events(canvas, track)
    _curves(canvas, track, up)
    events = [f"{_capital(change_sentence(track, one))}." for one in in_order(track)]
    method = f"{axis_name(what, up).capitalize()}, with 95 % intervals. {' '.join(events)}".rstrip()
    return Picture(drawing=canvas.markup(), caption=track_name(track), method=method, table=_table(track))


def _ends(moment: DatedFigure) -> list[float]:
    one = moment.estimate
    return [end for end in (one.value, one.low, one.high) if end is not None]


def _x(track: Track, number: float) -> float:
    """Return the x coordinate of a moment: moments are evenly spaced, whenever they were."""
    return GUTTER + 12 + (RIGHT - GUTTER - 12) * (number + 0.5) / len(track.moments)


def _dates(canvas: Canvas, track: Track) -> None:
    first, last = track.moments[0], track.moments[-1]
    canvas.text(GUTTER, _FOOT + 24, f"{first.started_at:%Y-%m-%d}", "quiet")
    if last is not first:
        canvas.text(RIGHT, _FOOT + 24, f"{last.started_at:%Y-%m-%d}", "end quiet")


def _events(canvas: Canvas, track: Track) -> None:
    for event in in_order(track):
        x = _x(track, event.number - 0.5)
        canvas.line((x, _TOP), (x, _FOOT), "changed" if isinstance(event, ChangePoint) else "break")


def _curves(canvas: Canvas, track: Track, up: Scale) -> None:
    """Draw a curve for each stretch between breaks, and an interval and a mark for each moment."""
    points = [(_x(track, number), up(moment.estimate.value)) for number, moment in enumerate(track.moments)]
    for start, end in pairwise([0, *(one.number for one in track.breaks), len(points)]):
        if end - start > 1:
            canvas.curve(points[start:end], 0)
    for (x, y), moment in zip(points, track.moments, strict=True):
        if moment.estimate.low is not None and moment.estimate.high is not None:
            canvas.upright(x, (up(moment.estimate.low), up(moment.estimate.high)), 0)
        canvas.mark(x, y, 0)


def _table(track: Track) -> Table:
    happened = {event.number: change_sentence(track, event) for event in in_order(track)}
    table = Table(["started (UTC)", find_metric(track.benchmark.metric).words.what, "95 % interval", "what happened"])
    for number, moment in enumerate(track.moments):
        figure = figure_text(moment.estimate, track.benchmark.metric)
        when = f"{moment.started_at:%Y-%m-%d %H:%M}"
        table.rows.append([when, figure.text, figure.interval, happened.get(number, "")])
    return table


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
