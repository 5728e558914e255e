"""Prints a history in the terminal: a sparkline for each figure, and a sentence for each change and each break."""

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from bench.gate.history import Break, ChangePoint, DatedFigure, History, Track
from bench.metrics.registry import find_metric
from bench.stats.changes import FEWEST_VALUES, can_find_changes
from bench.text.cleaning import clean, terminal_text
from bench.text.numbers import ratio_text
from bench.text.places import place_name

__all__ = ["READING", "change_sentence", "history_notes", "in_order", "nothing_found", "print_history", "track_name"]

_BARS = ".:-=+*#%@"
_BLOCKS = "▁▂▃▄▅▆▇█"
_MOST_POINTS = 24
READING = (
    "A break is a change of processor, number of cores, server or workload: nothing is compared across it. "
    f"A change of level can be found only among at least {FEWEST_VALUES} results between two breaks."
)
_LINES = "A line runs from the oldest to the newest result, scaled from its lowest to its highest figure; | is a break."


def track_name(track: Track) -> str:
    """Return a figure's name: ``redis latency at 200/s, noop``."""
    benchmark = track.benchmark
    what = f"{clean(benchmark.subject)} {benchmark.metric.replace('-', ' ')}"
    return ", ".join(filter(None, (what, place_name(benchmark.at), clean(track.workload))))


def change_sentence(track: Track, change: ChangePoint | Break) -> str:
    """Return a change or a break in one sentence, with the time of the first result after it."""
    day = f"{track.moments[change.number].started_at:%Y-%m-%d %H:%M}"
    if isinstance(change, Break):
        return f"break before {day}: {clean(change.why)}"
    word = "worse" if change.worse else "better"
    return f"change on {day}: {ratio_text(change.ratio)} the previous level, which is {word}"


def history_notes(history: History) -> list[str]:
    """Return what was left out, and why no changes could be found."""
    notes = [f"left out: {clean(text)}" for text in history.left_out]
    return [*notes, *_not_looked_for(history)]


def _not_looked_for(history: History) -> Iterator[str]:
    """Yield in which figures no change of level was looked for, and what they need."""
    if not can_find_changes():
        yield "no change of level was looked for: it takes fastcpd (run 'pip install fastcpd')"
        return
    short = [track for track in history.tracks if not track.judged]
    if short:
        where = "" if len(short) == len(history.tracks) else f" in {len(short)} of {len(history.tracks)} figures"
        more = sorted({track.missing for track in short})
        count = str(more[0]) if len(more) == 1 else f"{more[0]} to {more[-1]}"
        few = f"it takes {FEWEST_VALUES} results between two breaks"
        yield f"no change of level was looked for{where}: {few}, so {count} more"


def nothing_found(history: History) -> str:
    """Return that no change of level was found, and where one was looked for; empty unless one was, and none found."""
    looked_in = [track for track in history.tracks if track.judged] if can_find_changes() else []
    if not looked_in or any(track.changes for track in history.tracks):
        return ""
    where = "" if len(looked_in) == len(history.tracks) else f" in the {len(looked_in)} figures with enough results"
    return f"No change of level was found{where}."


def print_history(history: History, console: Console) -> None:
    """Print what happened to the figures, and then a row for each."""
    for sentence in [*_happened(history), nothing_found(history)]:
        if sentence:
            console.print(terminal_text(sentence, console))
    table = RichTable(box=box.HORIZONTALS, padding=(0, 1, 0, 0))
    for head in ("figure", "results", "oldest", "newest"):
        table.add_column(head, justify="left" if head == "figure" else "right", overflow="fold")
    table.add_column("over time", no_wrap=True)
    for track in history.tracks:
        table.add_row(*(terminal_text(cell, console) for cell in _cells(track, console)))
    console.print(table)
    for note in history_notes(history):
        console.print(terminal_text(f"! {note}", console))
    console.print(terminal_text(f"{_LINES} {READING}", console, "dim"))


def _happened(history: History) -> Iterator[str]:
    """Yield a sentence for each change, and one for each break of any number of figures."""
    for track in history.tracks:
        for change in track.changes:
            yield f"{track_name(track)}: {change_sentence(track, change)}"
    broken: dict[str, list[str]] = {}
    for track in history.tracks:
        for one in track.breaks:
            broken.setdefault(change_sentence(track, one), []).append(track_name(track))
    for what, names in broken.items():
        yield f"{names[0] if len(names) == 1 else f'{len(names)} figures'}: {what}"


def _cells(track: Track, console: Console) -> list[str]:
    metric = find_metric(track.benchmark.metric)
    ends = [metric.text(moment.estimate.value) for moment in (track.moments[0], track.moments[-1])]
    return [track_name(track), str(len(track.moments)), *ends, _sparkline(track, console)]


def in_order(track: Track) -> Iterator[ChangePoint | Break]:
    """Yield a figure's changes and breaks, oldest first."""
    both: list[ChangePoint | Break] = [*track.changes, *track.breaks]
    yield from sorted(both, key=lambda one: one.number)


def _sparkline(track: Track, console: Console) -> str:
    """Return the newest moments, one character each, with a bar at each break."""
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
