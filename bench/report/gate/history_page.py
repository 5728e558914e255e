"""Renders a history as one HTML page: a picture of each figure, with its intervals, breaks and changes."""

from bench.gate.history import History, Track
from bench.metrics.registry import find_metric
from bench.report.gate.history import READING, change_sentence, history_notes, in_order, nothing_found, track_name
from bench.report.page import page_of
from bench.report.pictures.frame import Picture, figure_text, namer
from bench.report.pictures.ordered import Ordered, draw_ordered
from bench.text.table import Table

__all__ = ["history_html"]


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
    ordered = Ordered(
        caption=track_name(track),
        description=f"{what} of {len(track.moments)} results, in order of time",
        figures=[moment.estimate for moment in track.moments],
        labels={place: f"{track.moments[place].started_at:%Y-%m-%d}" for place in {0, len(track.moments) - 1}},
        changes=[one.number for one in track.changes],
        places=[f"{moment.started_at:%Y-%m-%d %H:%M}" for moment in track.moments],
        breaks=[one.number for one in track.breaks],
        what=what,
        name=namer(track.benchmark.metric),
    )
    events = [f"{_capital(change_sentence(track, one))}." for one in in_order(track)]
    method = f"{what.capitalize()}, with 95 % intervals. {' '.join(events)}".rstrip()
    return Picture(drawing=draw_ordered(ordered), caption=track_name(track), method=method, table=_table(track))


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
