"""What to know about single figures of a result: why one is missing or void, and what limits it. Each is said once."""

from collections.abc import Iterable

from bench.records.result import Result
from bench.report.sections import Line, sections
from bench.text.places import place_name

__all__ = ["remarks"]


def remarks(result: Result) -> list[str]:
    """Return a sentence for each reason, with the subjects and metrics that it is about."""
    lines = [line for section in sections(result) for line in section.lines]
    about: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if not line.void and (note := line.note()):
            about.setdefault((line.name, note), []).append(line)
    found = [f"{name}{_metrics(own, lines)}: {note}." for (name, note), own in about.items()]
    return [*found, *_void([line for line in lines if line.void])]


def _metrics(own: list[Line], lines: Iterable[Line]) -> str:
    """Return the metrics in brackets; nothing if they are all that there are of the subject."""
    metrics = dict.fromkeys(line.metric for line in own)
    whole = {line.metric for line in lines if line.subject is own[0].subject}
    return f" ({', '.join(metrics).replace('-', ' ')})" if whole - metrics.keys() else ""


def _void(void: list[Line]) -> list[str]:
    """Return one sentence that names all void figures, with the reason of the first."""
    if not void:
        return []
    where: dict[str, list[str]] = {}
    for line in void:
        where.setdefault(f"{line.name}'s {line.metric}", []).append(place_name(line.at))
    named = (" ".join(filter(None, (name, " and ".join(filter(None, places))))) for name, places in where.items())
    return [f"void: {'; '.join(named)}: {void[0].void.rstrip('.')}."]
