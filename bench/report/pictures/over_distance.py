"""What a picture of a sweep over the distance has besides the measured figures: fitted lines, and where they cross."""

from collections.abc import Sequence

import numpy as np

from bench.figures.crossings import KEY
from bench.metrics.registry import better
from bench.records.figures import RoundTrips
from bench.records.result import Result
from bench.records.turns import Place
from bench.report.sections import Section
from bench.report.wording import joined
from bench.text.places import place_key, place_value

__all__ = ["flips_of", "flips_told", "line_of", "line_points"]

_POINTS = 40


def line_of(subject: str, section: Section, rest: Place, result: Result) -> RoundTrips | None:
    """Return the line of a subject over the distance, if its times are one."""
    own = (section.metric, subject, place_key(rest))
    found = (one for one in result.round_trips if (one.metric, one.subject, place_key(one.at)) == own and one.is_line)
    return next(found, None)


def line_points(line: RoundTrips, values: Sequence[float]) -> list[tuple[float, float]]:
    """Return (distance, figure) along the line over the measured values; none where the line has no time."""
    above = [value for value in values if value > 0]
    distances = [*(value for value in values if value == 0), *np.geomspace(min(above), max(above), _POINTS)]
    times = [(value, line.fixed_ns.value + line.round_trips.value * value) for value in distances]
    rates = better(line.metric) == "more"
    return [(float(value), 1e9 / time if rates else time) for value, time in times if time > 0]


def flips_of(section: Section, key: str, rest: Place, result: Result) -> list[float]:
    """Return the distances at which one subject overtakes another, if this part of the place is a distance."""
    here = (section.metric, section.tier, place_key(rest))
    known = [one for one in result.crossings if (one.metric, one.tier, place_key(one.at)) == here]
    return [one.flip_ns.value for one in known if one.flip_ns] if key == KEY else []


def flips_told(flips: Sequence[float]) -> str:
    """Return a sentence about the upright lines at these distances; empty without any."""
    where = joined([place_value(KEY, one) for one in flips])
    return f" The ranking flips at the upright line, {where}." if flips else ""
