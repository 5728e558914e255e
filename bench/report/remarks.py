"""What to know about single figures of a result: why one is missing or void, and what limits it. Each is said once."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bench.metrics.registry import catalogue
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.turns import Place
from bench.report.naming import few, places_words
from bench.report.sections import NO_BLOCK, Line, sections, subject_name
from bench.report.unmeasured import unmeasured
from bench.report.wording import joined
from bench.text.cleaning import clean
from bench.text.names import metric_words
from bench.text.places import place_key, place_name

__all__ = ["remarks"]

_NUMBER = re.compile(r"\d[\d,.]*( (ns|us|ms|s)\b)?")


def remarks(result: Result) -> list[str]:
    """Return a sentence for each reason, with the subjects and the metrics that it is about."""
    lines = [line for section in sections(result) for line in section.lines]
    told = [line for line in lines if not (result.workload.sweep and line.note() == NO_BLOCK)]  # unmeasured() does
    metrics: dict[tuple[str, str], dict[str, None]] = {}
    for name, note, metric in [*_notes(told), *_limits(result)]:
        metrics.setdefault((name, note), {})[metric] = None
    whole = {name: {line.metric for line in lines if name in (line.name, line.full_name)} for name, _ in metrics}
    names: dict[tuple[str, str], list[str]] = {}
    for (name, note), about in metrics.items():
        which = "" if about.keys() >= whole[name] else f" ({', '.join(map(metric_words, about))})"
        names.setdefault((which, note), []).append(name)
    found = [f"{', '.join(about)}{which}: {note}." for (which, note), about in names.items()]
    rows = [_Void(line.subject, line.name, line.metric, line.at, line.void) for line in lines if line.void]
    return [*found, *unmeasured(result), *_void([*rows, *_void_records(result)])]


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


class _Void(NamedTuple):
    """A figure that is void: whose it is, and why."""

    subject: SubjectRecord
    name: str
    metric: str
    at: Place
    why: str


def _void_records(result: Result) -> Iterator[_Void]:
    """Yield the void figures that are not rows, each place of a metric once."""
    known, had = {subject.label: subject for subject in result.subjects}, set[object]()
    for metric, found in catalogue().items():
        for one in found.recorded(result):
            why = getattr(one, "void", None)  # of those that have a distance
            if why and (key := (metric, one.subject, place_key(one.at))) not in had:
                had.add(key)
                yield _Void(known[one.subject], subject_name(known[one.subject]), metric, one.at, clean(why))


def _void(void: list[_Void]) -> list[str]:
    """Return a sentence for each reason; reasons that differ in their numbers alone are one."""
    kinds: dict[str, list[_Void]] = {}
    for one in void:
        kinds.setdefault(_NUMBER.sub("#", one.why), []).append(one)
    return [_void_sentence(some) for some in kinds.values()]


def _void_sentence(void: list[_Void]) -> str:
    """Return ``void: redis's enqueue and throughput at 0.3 ms and 1 ms: ...``, with the reason of the first figure."""
    places: dict[str, dict[str, list[str]]] = {}
    for one in void:
        places.setdefault(one.name, {}).setdefault(one.metric, []).append(place_name(one.at))
    whose: dict[str, list[str]] = {}
    for name, metrics in places.items():
        whose.setdefault(_figures(metrics), []).append(f"{name}'s")
    named = "; ".join(f"{joined(few(names))} {figures}" for figures, names in whose.items())
    alike = "" if len({one.why for one in void}) == 1 else "for example, "
    return f"void: {named}: {alike}{void[0].why.rstrip('.')}."


def _figures(metrics: dict[str, list[str]]) -> str:
    """Return ``enqueue and throughput at 1 ms, latency at 50 %``; metrics with the same places share them."""
    alike: dict[str, list[str]] = {}
    for metric, places in metrics.items():
        alike.setdefault(places_words(list(filter(None, places))) if any(places) else "", []).append(
            metric_words(metric)
        )
    return ", ".join(f"{joined(names)} {where}".rstrip() for where, names in alike.items())
