"""Fits throughput over a sweep of the worker's concurrency, and makes its table."""

from collections.abc import Iterable, Sequence

from bench.metrics.telling import ReportLine
from bench.records.figures import Estimate, Row, Scaling
from bench.records.result import Result
from bench.stats import scaling as usl
from bench.text.cleaning import clean
from bench.text.numbers import number, number_figure, rate_figure
from bench.text.places import place_key, without
from bench.text.table import Table, Titled

__all__ = ["scaling", "scaling_table"]

_KEY = "concurrency"
_Z = 1.96  # half a 95 % interval in standard errors
_FIT = (
    "The fit is the Universal Scalability Law (Gunther 1993): contention is the share of the work that waits for its "
    "turn, coherency is what each worker process pays for every other one. "
    "The fit claims nothing beyond the measured range, except a peak that it found."
)


def scaling(rows: Iterable[Row]) -> list[Scaling]:
    """Fit each subject's throughput over a sweep of the worker's concurrency; without such a sweep there is no fit.

    If another key is swept, too, there is a fit for each of its values.
    """
    swept: dict[object, list[Row]] = {}
    for row in rows:
        if row.metric == "throughput" and _KEY in row.at and row.layer == "celery":
            swept.setdefault((row.subject, place_key(without(row.at, _KEY))), []).append(row)
    return [fit for own in swept.values() if (fit := _fit(own))]


def _fit(rows: list[Row]) -> Scaling | None:
    """Return the fit of one subject's rows; None if there are too few points or nothing fits."""
    points = [_point(row) for row in rows if row.per_second]
    if any(
        error is None for _, _, error in points
    ):  # a point with few blocks has no interval, so weigh all points alike
        points = [(concurrency, per_second, None) for concurrency, per_second, _ in points]
    if len(points) < usl.FEWEST_POINTS:
        return None
    try:
        fit = usl.fit_scaling(points)
    except RuntimeError:  # scipy found no fit
        return None
    return Scaling(
        subject=rows[0].subject,
        tier=rows[0].tier,
        at=without(rows[0].at, _KEY),
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
    return float(row.at[_KEY]), estimate.value, error


def scaling_table(lines: Sequence[ReportLine], result: Result) -> Titled:
    """Return a row for each subject whose throughput was fitted."""
    table, peakless = (
        Table(["subject", "a worker of one, tasks/s", "contention", "coherency", "peak at concurrency"]),
        [],
    )
    known = {line.subject.label: line for line in reversed(lines)}
    for one in (fit for fit in result.scaling if fit.subject in known):
        figures = [rate_figure(one.per_second), number_figure(one.alpha), number_figure(one.beta)]
        peak = "none" if one.peak_concurrency is None else number(one.peak_concurrency)
        name = known[one.subject].name_at(one.at)
        table.rows.append([name, *map(str, figures), peak])
        if one.why_not:
            peakless.append(f"{name} has no peak: {clean(one.why_not).rstrip('.')}.")
    return Titled("Scaling", table, " ".join([_FIT, *peakless]))
