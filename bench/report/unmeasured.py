"""Which cells of a sweep are empty, and why: one sentence for each reason."""

from collections.abc import Iterator

from bench.metrics.registry import find_metric
from bench.records.result import Result
from bench.report.naming import few, places_words
from bench.report.sections import subject_name
from bench.report.wording import joined
from bench.text.cleaning import clean
from bench.text.places import place_name

__all__ = ["is_unmeasured", "unmeasured"]

_FULL_S = 600.0


def is_unmeasured(result: Result) -> bool:
    """Return whether the run came to its end before it had a figure of every subject at every point."""
    return any(_cells(result))


def unmeasured(result: Result) -> list[str]:
    """Return the reasons, each with the metrics, the points and the subjects that it is about; none without a sweep."""
    reasons: dict[str, dict[tuple[str, str], list[str]]] = {}
    for reason, metric, subject, place in _cells(result):
        reasons.setdefault(reason, {}).setdefault((metric, subject), []).append(place)
    points = len(result.workload.points())
    return [f"{reason} for {_about(cells, points)}{_remedy(result)}." for reason, cells in reasons.items()]


def _cells(result: Result) -> Iterator[tuple[str, str, str, str]]:
    """Yield the reason, the metric, the subject and the point of each cell without a figure."""
    points = [at for at, _ in result.workload.points()]
    for metric in (name for name in result.metrics if points[1:] and find_metric(name).in_rows):
        for one in result.subjects:
            if one.failure is not None or not one.is_measured_in(metric) or one.why_not(metric):
                continue
            own = [row for row in result.summary if (row.subject, row.metric) == (one.label, metric)]
            for at in points:
                here = [row for row in own if row.layer == "celery" and at.items() <= row.at.items()]
                failed = any(failure.at.items() <= at.items() for failure in one.failed_at)
                if not failed and not any(row.per_second or row.median_ns or row.mean_ns for row in here):
                    reason = _reason(result, blocks=any(row.blocks for row in here))
                    yield reason, metric.replace("-", " "), subject_name(one), place_name(at)


def _reason(result: Result, *, blocks: bool) -> str:
    if blocks:
        return "too few samples"
    return "no time was left" if result.status == "finished" else "the run ended too early"


def _about(cells: dict[tuple[str, str], list[str]], points: int) -> str:
    """Return ``throughput at 10 ms and 30 ms (redis and sqs)``: what has the same places is named together."""
    subjects: dict[tuple[str, str], list[str]] = {}
    for (metric, subject), places in cells.items():
        where = "at every point" if len(places) == points else places_words(places)
        subjects.setdefault((metric, where), []).append(subject)
    metrics: dict[tuple[str, str], list[str]] = {}
    for (metric, where), names in subjects.items():
        metrics.setdefault((where, joined(few(names))), []).append(metric)
    return "; ".join(f"{joined(names)} {where} ({whose})" for (where, whose), names in metrics.items())


def _remedy(result: Result) -> str:
    """Return what would leave more time for each point."""
    if result.status != "finished":
        return ""
    ways = ["use --full" if result.budget_s < _FULL_S else "raise --budget"]
    ways += [f"use --metric {clean(result.metrics[0])} alone"] if len(result.metrics) > 1 else []
    return f": {', '.join(ways)}, or sweep fewer values"
