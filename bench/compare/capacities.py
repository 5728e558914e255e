"""Derives what is no row of the summary: capacities, and the fit of throughput over concurrency."""

from collections.abc import Iterable, Mapping, Sequence

from bench.engine.plan import Plan
from bench.engine.search import Searches
from bench.records.figures import Capacity, Estimate, PayloadLimit, Row, Scaling
from bench.records.provenance import SubjectRecord
from bench.records.turns import Block, Key, Layer, Metric, PayloadLimitTurn, Place
from bench.stats import scaling as usl

__all__ = ["capacities", "failures_at", "in_order", "payload_limits", "scaling"]

_Z = 1.96  # half a 95 % interval in standard errors


def failures_at(failures: Mapping[tuple[Key, int], str], label: str, layer: Layer) -> dict[int, str]:
    """Return the reasons why a subject, or its ceiling, was not measured, by the point of the sweep."""
    return {point: reason for (key, point), reason in failures.items() if key == (label, layer)}


def in_order(rows: Iterable[Row], metrics: Sequence[Metric], points: Sequence[Place]) -> list[Row]:
    """Return the rows by metric and point of the sweep; they were measured in a random order."""

    def place(row: Row) -> tuple[int, int]:
        point = next(number for number, at in enumerate(points) if at.items() <= row.at.items())
        return metrics.index(row.metric), point

    return sorted(rows, key=place)


def capacities(subjects: Sequence[SubjectRecord], plan: Plan, searches: Mapping[int, Searches]) -> list[Capacity]:
    """Return what the searches found, for each point and subject."""
    found = []
    for point, found_there in sorted(searches.items()):
        for subject in subjects:
            if search := found_there.get((subject.label, "celery")):
                result = search.result
                found.append(
                    Capacity(
                        subject=subject.label,
                        tier=subject.tier,
                        at=plan.points[point].at,
                        limit_ns=plan.limit_ns,
                        rate_per_s=result.rate_per_s,
                        failed_per_s=result.failed_above_per_s,
                        at_least=result.at_least,
                        confirmed=search.confirmed,
                        probes=result.probes,
                    )
                )
    return found


def payload_limits(subjects: Iterable[SubjectRecord], blocks: Iterable[Block]) -> list[PayloadLimit]:
    """Return the largest payload of each subject that was asked for it."""
    turns = {turn.subject: turn for block in blocks for turn in block.turns if isinstance(turn, PayloadLimitTurn)}
    return [
        PayloadLimit(tier=subject.tier, **turns[subject.label].model_dump())
        for subject in subjects
        if subject.label in turns
    ]


def scaling(rows: Iterable[Row]) -> list[Scaling]:
    """Fit each subject's throughput over a sweep of the worker's concurrency; none where there was no such sweep."""
    swept = [row for row in rows if row.metric == "throughput" and "concurrency" in row.at and row.layer == "celery"]
    subjects = dict.fromkeys(row.subject for row in swept)
    fits = (_fit([row for row in swept if row.subject == label]) for label in subjects)
    return [fit for fit in fits if fit]


def _fit(rows: list[Row]) -> Scaling | None:
    """Fit the law to one subject's rows; None with too few points, or where none fits."""
    points = [_point(row) for row in rows if row.per_second]
    if any(error is None for _, _, error in points):  # a point with few blocks has no interval: all weigh alike
        points = [(concurrency, per_second, None) for concurrency, per_second, _ in points]
    if len(points) < usl.FEWEST_POINTS:
        return None
    try:
        fit = usl.fit_scaling(points)
    except RuntimeError:  # scipy found none
        return None
    return Scaling(
        subject=rows[0].subject,
        tier=rows[0].tier,
        per_second=Estimate.of(fit.lambda_per_s),
        alpha=Estimate.of(fit.alpha),
        beta=Estimate.of(fit.beta),
        peak_concurrency=fit.peak_concurrency,
        why_not=None if fit.knee else f"no knee was measured up to concurrency {fit.highest_concurrency:g}",
    )


def _point(row: Row) -> tuple[float, float, float | None]:
    """Return concurrency, throughput and its standard error."""
    estimate = row.per_second or Estimate(value=0)
    known = estimate.low is not None and estimate.high is not None and estimate.high > estimate.low
    error = (estimate.high - estimate.low) / (2 * _Z) if known else None  # type: ignore[operator]
    return float(row.at["concurrency"]), estimate.value, error
