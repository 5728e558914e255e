"""What a tuning improves: figures with weights, and limits on others.

Text is ``throughput``, ``latency@200`` (at 200 tasks a second) or, with weights, ``throughput=2,enqueue=1``; a limit is
``p99 enqueue under 5ms``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast, get_args

import numpy as np

from bench.figures.tally import Tally
from bench.metrics.latency import LEAST_RATE, MOST_RATE
from bench.metrics.registry import catalogue
from bench.records.figures import Estimate
from bench.records.quantities import duration_ns
from bench.records.result import Result
from bench.records.tune import (
    GoalFigure,
    GoalLimit,
    GoalName,
    GoalPart,
    GoalRecord,
    LimitCheck,
    LimitFigure,
    LimitVerdict,
)
from bench.stats.intervals import PairedRatio, paired_ratio, typical
from bench.stats.looks import FEWEST_FOR_A_LOOK
from bench.tune.figures import FIGURES, PERCENTILES, Gains, row_of
from brokers.documents import shortened
from brokers.errors import UsageError

__all__ = ["Goal", "read_goal"]

_NAMES: tuple[GoalName, ...] = get_args(GoalName)
_MOST_WEIGHT = 100.0
_NAMED = "|".join(_NAMES)


@dataclass(frozen=True)
class Goal:
    """What to improve. ``price`` is what a million requests cost, in dollars; None where nobody charges for them."""

    parts: Sequence[GoalPart]
    limits: Sequence[GoalLimit] = ()
    price: float | None = None

    def record(self) -> GoalRecord:
        """Return its record."""
        return GoalRecord(parts=list(self.parts), limits=list(self.limits))

    @cached_property
    def metrics(self) -> list[str]:
        """Return the names of the engine's metrics that measure it."""
        wanted = {
            metric
            for one in self._measured
            for metric in (FIGURES[one.name].rated if one.rate_per_s else ()) or FIGURES[one.name].metrics
        }
        return [name for name in catalogue() if name in wanted]

    @property
    def rates_per_s(self) -> tuple[float, ...]:
        """Return the rate of the latency; nothing if it is a share of what drains, or not measured."""
        return tuple({one.rate_per_s for one in self._measured if one.rate_per_s})

    @property
    def trim(self) -> float:
        """Return which share of a generation's blocks is left out at either end."""
        return min(FIGURES[part.name].trim for part in self.parts)

    @property
    def _measured(self) -> list[GoalPart | GoalLimit]:
        return [*self.parts, *self.limits]

    def gains(self, tally: Tally, own: str, to: str) -> Gains:
        """Return the logarithms of how many times better one side is than another, by generation.

        With one part, each block has one; with several, each generation, of those in which all parts were measured.
        """
        first, *others = [FIGURES[part.name].gains(tally, own, to) for part in self.parts]
        if not others:
            return first
        weights = [part.weight for part in self.parts]
        whole = [number for number in first if all(number in one for one in others)]
        trims = [FIGURES[part.name].trim for part in self.parts]
        middles = {
            number: [typical(one[number], trim) for one, trim in zip((first, *others), trims, strict=True)]
            for number in whole
        }
        return {number: [float(np.average(some, weights=weights))] for number, some in middles.items()}

    def ratio(self, tally: Tally, own: str, to: str, seed: int) -> PairedRatio | None:
        """Return how many times better one side is than another, with its interval; None if it was not measured."""
        gains = list(self.gains(tally, own, to).values())
        return paired_ratio(gains, np.random.default_rng(seed), FEWEST_FOR_A_LOOK, trim=self.trim) if gains else None

    def why_void(self, result: Result, labels: Sequence[str]) -> str:
        """Return why the figures of these sides mean nothing; empty if they do."""
        names = [metric for part in self.parts for metric in FIGURES[part.name].metrics[-1:]]
        rows = [row for label in labels for name in names if (row := row_of(result, name, label))]
        return next((f"the {row.metric} of {row.subject} is void: {row.void}" for row in rows if row.void), "")

    def figures(self, result: Result, present: str, tuned: str) -> list[GoalFigure]:
        """Return the figures of both sides, of its parts."""
        return [
            GoalFigure(
                name=part.name,
                figure="dollars for a million tasks" if self._is_priced(part.name) else FIGURES[part.name].head,
                present=self._estimate(part.name, result, present),
                tuned=self._estimate(part.name, result, tuned),
            )
            for part in self.parts
        ]

    def checks(self, result: Result, present: str, tuned: str) -> list[LimitCheck]:
        """Return whether a side keeps the limits."""
        return [
            LimitCheck(
                limit=limit,
                present=self._limited(limit, result, present),
                tuned=(figure := self._limited(limit, result, tuned)),
                verdict=_verdict(figure, limit.most),
            )
            for limit in self.limits
        ]

    def breaks(self, result: Result, label: str) -> str:
        """Return the limit that a side certainly breaks; empty if there is none."""
        found = (check.limit.text for check in self.checks(result, label, label) if check.verdict == "broken")
        return next(found, "")

    @staticmethod
    def _limited(limit: GoalLimit, result: Result, label: str) -> Estimate | None:
        row = row_of(result, limit.name, label)
        if row is None or row.void:
            return None
        estimate: Estimate | None = getattr(row, PERCENTILES[limit.figure])
        return estimate

    def _is_priced(self, name: GoalName) -> bool:
        return name == "dollars" and self.price is not None

    def _estimate(self, name: GoalName, result: Result, label: str) -> Estimate | None:
        found = FIGURES[name].estimate(result, label)
        if found is None or not self._is_priced(name):
            return found
        return Estimate(value=found.value * (self.price or 0.0))


def _verdict(figure: Estimate | None, most: float) -> LimitVerdict:
    """Return whether a figure is certainly within a limit, certainly beyond it, or neither."""
    if figure is None:
        return "not measured"
    if figure.low is None or figure.high is None:
        return "unclear"
    if figure.high <= most:
        return "kept"
    return "broken" if figure.low > most else "unclear"


def read_goal(text: str, limits: Sequence[str] = (), price: float | None = None) -> Goal:
    """Read what to improve, and what not to exceed, in the user's notation. Raises UsageError.

    ``price`` is what a million requests cost, in dollars; without one, the goal ``dollars`` is refused.
    """
    parts = [_part(one.strip()) for one in text.split(",")]
    names = [part.name for part in parts]
    if len(set(names)) < len(names):
        raise UsageError(f"--for {shortened(text)!r} names a figure twice: name each once, with its weight")
    if "dollars" in names and price is None:
        raise UsageError("--for dollars needs a broker that charges for requests: name another figure")
    goal = Goal(parts, [_limit(one) for one in limits], price)
    if len(goal.rates_per_s) > 1:
        raise UsageError("a latency is measured at one rate: use the same @RATE everywhere")
    return goal


def _part(text: str) -> GoalPart:
    found = re.fullmatch(rf"({_NAMED})(?:@(\d+(?:\.\d+)?)(?:/s)?)?(?:=(\d+(?:\.\d+)?))?", text)
    if found is None:
        raise UsageError(
            f"{shortened(text)!r} is not a figure to improve: use {', '.join(_NAMES)}, or several with weights "
            "(throughput=2,enqueue=1)"
        )
    name, rate, weight = found.groups()
    if not 0 < float(weight or 1) <= _MOST_WEIGHT:
        raise UsageError(f"the weight {weight} of {name} is not above 0 and up to {_MOST_WEIGHT:g}")
    return GoalPart(name=cast(GoalName, name), weight=float(weight or 1), rate_per_s=_rate_per_s(name, rate))


def _rate_per_s(name: str, text: str | None) -> float | None:
    """Read the rate of a latency. Raises UsageError for another figure, and for a rate that cannot be sent."""
    if text is None:
        return None
    if name != "latency":
        raise UsageError(f"{name} has no rate: use latency@{text}, or {name} alone")
    if not LEAST_RATE <= float(text) <= MOST_RATE:
        raise UsageError(f"{text} is not a rate from {LEAST_RATE:g} to {MOST_RATE:,} tasks a second")
    return float(text)


def _limit(text: str) -> GoalLimit:
    """Read a limit: ``p99 enqueue under 5ms``."""
    found = re.fullmatch(
        rf"({'|'.join(PERCENTILES)}) (enqueue|latency)(?:@(\d+(?:\.\d+)?)(?:/s)?)? under (.+)", text.strip()
    )
    if found is None:
        raise UsageError(
            f"{shortened(text)!r} is not a limit: use for example 'p99 enqueue under 5ms' or "
            "'p95 latency@200 under 50ms'"
        )
    figure, name, rate, most = found.groups()
    try:
        most_ns = duration_ns(most)
    except ValueError as error:
        raise UsageError(f"the limit {shortened(text)!r}: {error}") from error
    return GoalLimit(
        name="enqueue" if name == "enqueue" else "latency",
        figure=cast(LimitFigure, figure),
        most=most_ns,
        rate_per_s=_rate_per_s(name, rate),
        text=text.strip(),
    )
