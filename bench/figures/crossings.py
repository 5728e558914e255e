"""What a sweep over the distance shows: round trips per operation, and where one subject overtakes another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from bench.metrics.registry import better, compared
from bench.records.figures import Ahead, Crossing, Estimate, Ratio, RoundTrips, Row, Standing
from bench.records.turns import Place
from bench.stats.crossing import FEWEST_POINTS, FoundCrossing, difference, find_crossing, fit_line
from bench.stats.verdicts import Verdict
from bench.text.places import place_key, without

__all__ = ["KEY", "crossings", "of_times", "round_trips", "standings", "time_ns"]

KEY = "rtt_ns"
_MOST_MISSED = 0.1  # of a measured time: a line that misses one by more does not describe it
_ASSUMED = 0.05  # of a time, or of a ratio, without an interval: its standard error
_Z = 1.96  # half a 95 % interval in standard errors
_SIGNS: dict[int, Ahead] = {-1: "faster", 0: "unclear", 1: "slower"}
_VERDICTS: dict[Verdict, Ahead] = {
    "improved": "faster",
    "regressed": "slower",
    "equivalent": "equal",
    "inconclusive": "unclear",
}


def time_ns(row: Row) -> Estimate | None:
    """Return the time per operation, the inverse of a rate; None if it is not known, or void."""
    figure = compared(row)
    if figure is None or row.void is not None or figure.value <= 0:
        return None
    if better(row.metric) == "less":
        return figure
    ends = (1e9 / end if end else None for end in (figure.high, figure.low))
    low, high = ends
    return Estimate(value=1e9 / figure.value, low=low, high=high)


def round_trips(rows: Iterable[Row]) -> list[RoundTrips]:
    """Fit each subject's time per operation over the distance; without a sweep over it there is none."""
    return [fit for points in _by_distance(rows).values() if (fit := _fit(points))]


def crossings(rows: Sequence[Row], lines: Sequence[RoundTrips]) -> list[Crossing]:
    """Judge each subject against the one that it is compared with; ``lines`` are the fits of both."""
    are_lines = {(one.subject, one.metric, place_key(one.at)) for one in lines if one.is_line}
    judged = []
    for points in _by_distance(rows).values():
        for pair in _pairs(points, rows):
            key = (pair[0].own.metric, place_key(without(pair[0].own.at, KEY)))
            is_line = all((one.subject, *key) in are_lines for one in (pair[0].own, pair[0].to))
            own, to = pair[0].own, pair[0].to.subject
            measured = standings(own.subject, to, own.metric, without(own.at, KEY), rows)
            judged.append(_judged(pair, measured, is_line=is_line))
    return judged


def standings(subject: str, to: str, metric: str, at: Place, rows: Iterable[Row]) -> list[Standing]:
    """Return what a subject is, compared with another, at each distance at which both were measured."""
    here = [row for row in rows if row.metric == metric and row.layer == "celery" and KEY in row.at]
    here = [row for row in here if place_key(without(row.at, KEY)) == place_key(at)]
    own, other = ({_rtt_ns(row): row for row in here if row.subject == name} for name in (subject, to))
    return [Standing(rtt_ns=one, ahead=_ahead(own[one], other[one])) for one in sorted(own.keys() & other.keys())]


def _ahead(own: Row, to: Row) -> Literal[Ahead, "void"]:
    if own.void is not None or to.void is not None:
        return "void"
    return _VERDICTS[own.ratio.verdict] if own.ratio and own.ratio.to == to.subject else "unclear"


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """Two subjects at one distance; ``ratio`` is that of their times, and so below 1 if ``own`` is faster."""

    rtt_ns: int
    own: Row
    to: Row
    ratio: Estimate

    @property
    def sign(self) -> int:
        """Return whether ``own`` takes longer (1) or shorter (-1), by the verdict; 0 if neither is certain."""
        ahead = _ahead(self.own, self.to)
        return int(ahead == "slower") - int(ahead == "faster")


def _by_distance(rows: Iterable[Row]) -> dict[object, list[Row]]:
    """Return the rows of each subject, metric and other place, ordered by distance, if there are several distances."""
    found: dict[object, list[Row]] = {}
    for row in rows:
        if KEY in row.at and row.layer == "celery" and time_ns(row):
            found.setdefault((row.metric, place_key(without(row.at, KEY)), row.subject), []).append(row)
    ordered = {key: sorted(own, key=_rtt_ns) for key, own in found.items()}
    return {key: own for key, own in ordered.items() if len(own) > 1}


def _rtt_ns(row: Row) -> int:
    return int(row.at[KEY])


def _fit(rows: list[Row]) -> RoundTrips | None:
    points = [(float(_rtt_ns(row)), time.value, _error(time)) for row in rows if (time := time_ns(row))]
    if len(points) < FEWEST_POINTS:
        return None
    fit = fit_line(points)
    return RoundTrips(
        **_common(rows),
        subject=rows[0].subject,
        round_trips=Estimate.of(fit.slope),
        fixed_ns=Estimate.of(fit.fixed),
        misses=fit.misses,
        is_line=fit.misses <= _MOST_MISSED,
    )


def _common(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "tier": rows[0].tier,
        "metric": rows[0].metric,
        "at": without(rows[0].at, KEY),
        "nearest_ns": _rtt_ns(rows[0]),
        "farthest_ns": _rtt_ns(rows[-1]),
    }


def _error(estimate: Estimate) -> float:
    """Return the standard error of a time; an assumed one if there were too few blocks for an interval."""
    if estimate.low is None or estimate.high is None:
        return _ASSUMED * estimate.value
    return (estimate.high - estimate.low) / (2 * _Z)


def _pairs(rows: list[Row], everyone: Sequence[Row]) -> list[list[_Pair]]:
    """Return the pairs over the distance, a list for each subject that these rows are compared with."""
    known = {(row.subject, row.metric, place_key(row.at)): row for row in everyone if row.layer == "celery"}
    found: dict[str, list[_Pair]] = {}
    for row in rows:
        to = known.get((row.ratio.to, row.metric, place_key(row.at))) if row.ratio else None
        if row.ratio and to and time_ns(to):
            pair = _Pair(
                rtt_ns=_rtt_ns(row),
                own=row,
                to=to,
                ratio=of_times(row.ratio, row.metric),
            )
            found.setdefault(row.ratio.to, []).append(pair)
    return [pairs for pairs in found.values() if len(pairs) > 1]


def of_times(ratio: Ratio, metric: str) -> Estimate:
    """Return the ratio of the times per operation."""
    if better(metric) == "less":
        return Estimate(value=ratio.value, low=ratio.low, high=ratio.high)
    low, high = (1 / end if end else None for end in (ratio.high, ratio.low))
    return Estimate(value=1 / ratio.value, low=low, high=high)


def _judged(pairs: list[_Pair], measured: list[Standing], *, is_line: bool) -> Crossing:
    found, signs = _found(pairs, is_line=is_line), {pair.sign for pair in pairs}
    between = None if is_line else _between(pairs)
    near, far = _SIGNS[found.near], _SIGNS[found.far]
    verdict: Any = "unclear"
    if {one.ahead for one in measured} <= {"equal", "void"}:
        verdict = near = far = "equal"
        found = replace(found, at=None)
    elif found.at or between:
        verdict = "flips"
    elif found.everywhere or signs in ({-1}, {1}):
        verdict = near = far = _SIGNS[found.near or pairs[0].sign]
    return Crossing(
        **_common([pair.own for pair in pairs]),
        subject=pairs[0].own.subject,
        to=pairs[0].to.subject,
        verdict=verdict,
        near=near,
        far=far,
        is_line=is_line,
        flip_ns=Estimate.of(found.at) if found.at else None,
        between_ns=between,
        measured=measured,
    )


def _found(pairs: list[_Pair], *, is_line: bool) -> FoundCrossing:
    """Return what the line through the differences shows, unless a verdict contradicts it.

    Where the times are no lines, it shows no flip, and what it shows elsewhere counts only if it is so everywhere.
    """
    known = FoundCrossing(None, pairs[0].sign, pairs[-1].sign, everywhere=False)
    points = [(float(pair.rtt_ns), *_difference(pair)) for pair in pairs]
    if len(points) < FEWEST_POINTS:
        return known
    fixed = max(time.value for row in (pairs[0].own, pairs[0].to) if (time := time_ns(row)))
    found = find_crossing(points, fixed)
    contradicted = any(pair.sign and pair.sign == -_expected(found, pair.rtt_ns) for pair in pairs)
    return found if (is_line or found.everywhere) and not contradicted else known


def _expected(found: FoundCrossing, rtt_ns: int) -> int:
    """Return the sign that is claimed at a distance; 0 if none is, as within the interval of a flip."""
    at = found.at
    if at is None:
        return found.near if found.everywhere else 0
    if at.low is None or at.high is None or at.low <= rtt_ns <= at.high:
        return 0
    return found.near if rtt_ns < at.low else found.far


def _difference(pair: _Pair) -> tuple[float, float]:
    """Return the difference of the times of a pair, and its standard error."""
    own, ratio = time_ns(pair.own) or Estimate(value=0), pair.ratio
    known = ratio.low is not None and ratio.high is not None
    error = float(np.log(ratio.high / ratio.low)) / (2 * _Z) if known else _ASSUMED  # type: ignore[operator]
    return difference(own.value, float(np.log(ratio.value)), error, _error(own))


def _between(pairs: list[_Pair]) -> tuple[int, int] | None:
    """Return the measured distances between which the sign changes, if it certainly changes once."""
    certain = [pair for pair in pairs if pair.sign]
    changes = [(one, next_) for one, next_ in pairwise(certain) if one.sign != next_.sign]
    if len(changes) != 1 or not (pairs[0].sign and pairs[-1].sign):
        return None
    ((before, after),) = changes
    return before.rtt_ns, after.rtt_ns
