"""A history in the terminal: a small line for each figure, and a sentence for each change and each break."""

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from bench.gate.history import Break, ChangePoint, DatedFigure, History, Track
from bench.report.pictures.frame import printed
from bench.stats.changes import FEWEST_VALUES, can_find_changes
from bench.text.cleaning import clean, terminal_text
from bench.text.numbers import ratio_text
from bench.text.places import place_name

__all__ = ["READING", "change_said", "history_notes", "in_order", "print_history", "track_name"]

_BARS = ".:-=+*#%@"
_BLOCKS = "▁▂▃▄▅▆▇█"
_MOST_POINTS = 24
READING = (
    "A break is where another processor, number of cores, server or workload begins: nothing is compared across it. "
    f"Changes of level are looked for where {FEWEST_VALUES} results or more lie between two breaks."
)
_LINES = "A line runs from the oldest to the newest result, its own lowest figure at the bottom; | is a break."


def track_name(track: Track) -> str:
    """Name a figure: ``redis latency at 200/s, noop``."""
    benchmark = track.benchmark
    what = f"{clean(benchmark.subject)} {benchmark.metric.replace('-', ' ')}"
    return ", ".join(filter(None, (what, place_name(benchmark.at), clean(track.workload))))


def change_said(track: Track, change: ChangePoint | Break) -> str:
    """Return a change or a break in one sentence, with the day from which it holds."""
    day = f"{track.moments[change.number].started_at:%Y-%m-%d %H:%M}"
    if isinstance(change, Break):
        return f"break before {day}: {clean(change.why)}"
    word = "worse" if change.worse else "better"
    return f"change on {day}: {ratio_text(change.ratio)} the level before, which is {word}"


def history_notes(history: History) -> list[str]:
    """Return what was left out, and what could not be looked for."""
    notes = [f"left out: {clean(text)}" for text in history.left_out]
    if not can_find_changes():
        notes.append("no change points: they need fastcpd, which has no wheel for this machine (pip install fastcpd)")
    elif not any(track.judged for track in history.tracks):
        notes.append(f"no change points: they need {FEWEST_VALUES} results between two breaks")
    return notes


def print_history(history: History, console: Console) -> None:
    """Print a row for each figure, and what happened to it below."""
    table = RichTable(box=box.HORIZONTALS, padding=(0, 1, 0, 0))
    for head in ("figure", "results", "oldest", "newest"):
        table.add_column(head, justify="left" if head == "figure" else "right", overflow="fold")
    table.add_column("over time", no_wrap=True)
    for track in history.tracks:
        table.add_row(*(terminal_text(cell, console) for cell in _cells(track, console)))
    console.print(table)
    for sentence in _happened(history):
        console.print(terminal_text(sentence, console))
    for note in history_notes(history):
        console.print(terminal_text(f"! {note}", console))
    console.print(terminal_text(f"{_LINES} {READING}", console, "dim"))


def _happened(history: History) -> Iterator[str]:
    """Return each change, and each break once for all figures that it breaks."""
    for track in history.tracks:
        for change in track.changes:
            yield f"{track_name(track)}: {change_said(track, change)}"
    broken: dict[str, list[str]] = {}
    for track in history.tracks:
        for one in track.breaks:
            broken.setdefault(change_said(track, one), []).append(track_name(track))
    for said, names in broken.items():
        yield f"{names[0] if len(names) == 1 else f'{len(names)} figures'}: {said}"


def _cells(track: Track, console: Console) -> list[str]:
    ends = [printed(moment.estimate.value, track.benchmark.metric) for moment in (track.moments[0], track.moments[-1])]
    return [track_name(track), str(len(track.moments)), *ends, _sparkline(track, console)]


def in_order(track: Track) -> Iterator[ChangePoint | Break]:
    """Return what happened to a figure, oldest first."""
    both: list[ChangePoint | Break] = [*track.changes, *track.breaks]
    yield from sorted(both, key=lambda one: one.number)


def _sparkline(track: Track, console: Console) -> str:
    """Draw the newest moments, a character each, and a bar before one that is not compared with those before."""
    heights = _BARS if console.options.ascii_only else _BLOCKS
    first = max(0, len(track.moments) - _MOST_POINTS)
    shown, broken = track.moments[first:], {one.number for one in track.breaks}
    places = _places(shown, len(heights))
    marks = ("|" if first + number in broken and number else "" for number in range(len(shown)))
    return "".join(f"{mark}{heights[place]}" for mark, place in zip(marks, places, strict=True))


def _places(moments: list[DatedFigure], count: int) -> list[int]:
    values = [moment.estimate.value for moment in moments]
    low, high = min(values), max(values)
    if high == low:
        return [count // 2 for _ in values]
    return [min(count - 1, int((value - low) / (high - low) * count)) for value in values]
