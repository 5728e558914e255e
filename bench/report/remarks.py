"""What to know about single figures of a result: why one is missing or void, and what limits it. Each is said once."""

from collections.abc import Iterator

from bench.metrics.registry import catalogue
from bench.records.result import Result
from bench.report.sections import Line, sections, subject_name
from bench.report.wording import joined
from bench.text.cleaning import clean
from bench.text.names import metric_words
from bench.text.places import place_name

__all__ = ["remarks"]


def remarks(result: Result) -> list[str]:
    """Return a sentence for each reason, with the subjects and the metrics that it is about."""
    lines = [line for section in sections(result) for line in section.lines]
    metrics: dict[tuple[str, str], dict[str, None]] = {}
    for name, note, metric in [*_notes(lines), *_limits(result)]:
        metrics.setdefault((name, note), {})[metric] = None
    whole = {name: {line.metric for line in lines if name in (line.name, line.full_name)} for name, _ in metrics}
    names: dict[tuple[str, str], list[str]] = {}
    for (name, note), about in metrics.items():
        which = "" if about.keys() >= whole[name] else f" ({', '.join(map(metric_words, about))})"
        names.setdefault((which, note), []).append(name)
    found = [f"{', '.join(about)}{which}: {note}." for (which, note), about in names.items()]
    return [*found, *_void([line for line in lines if line.void])]


def _notes(lines: list[Line]) -> Iterator[tuple[str, str, str]]:
    for line in lines:
        if not line.void and (note := line.note()):
            missing_here = not line.measured and line.subject.failure is None
            yield line.full_name if missing_here else line.name, note.rstrip("."), line.metric


def _limits(result: Result) -> Iterator[tuple[str, str, str]]:
    """Yield what limits figures that are not rows, whose lines do not say it."""
    names = {subject.label: subject_name(subject) for subject in result.subjects}
    for metric, found in catalogue().items():
        shown = found.highlights(result)
        for one in shown.figures if shown else ():
            if one.limits:
                yield names[one.subject], clean("; ".join(one.limits)), metric


def _void(void: list[Line]) -> list[str]:
    """Return a sentence for each subject and distance, and one for all others, with the reason of the first figure."""
    apart: dict[tuple[str, int], list[Line]] = {}
    for line in void:
        way = line.subject.way_at(line.at)
        apart.setdefault((line.subject.label, way.distance.rtt_ns) if way else ("", 0), []).append(line)
    return [_void_sentence(lines) for lines in apart.values()]


def _void_sentence(void: list[Line]) -> str:
    where: dict[str, list[str]] = {}
    for line in void:
        where.setdefault(f"{line.name}'s {metric_words(line.metric)}", []).append(place_name(line.at))
    named = (" ".join(filter(None, (name, _places(list(filter(None, places)))))) for name, places in where.items())
    return f"void: {'; '.join(named)}: {void[0].void.rstrip('.')}."


def _places(names: list[str]) -> str:
    """Return the names of places, in brackets if they are of more than one key."""
    return joined([f"({name})" if ", " in name else name for name in names])
