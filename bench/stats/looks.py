"""When a comparison may stop early: at planned looks, each tested at its own level.

Looking again and again at the usual level would raise false alarms well above it. So the error that is allowed for a
question is spent over the looks, as a function of the share of the planned information so far (Lan and DeMets, Discrete
sequential boundaries for clinical trials, Biometrika 70, 1983). Half of it is spent by their O'Brien-Fleming-type
function, which leaves nearly everything to the last looks, for differences near the limit. The other half grows with
the root of the share, so the first looks have some: a t test of two or three generations is hard to pass, but a side
that is three times slower passes it.

The level of each look follows by the recursive integration of Armitage, McPherson and Rowe (1969), from the joint
distribution of normal sums; t tests are compared with these levels unchanged (Jennison and Turnbull, Group Sequential
Methods, 2000, section 3.8). ``tests/truths/looks.py`` shows how well that holds for few generations of processes.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Literal

import numpy as np
import scipy  # loads its parts on demand: they take a second
from numpy.typing import NDArray

from bench.stats.intervals import PairedRatio
from bench.stats.verdicts import Better

__all__ = [
    "FEWEST_FOR_A_LOOK",
    "SPENT",
    "Chance",
    "LookOutcome",
    "beyond_and_within",
    "levels",
    "obrien_fleming",
    "outcome_at",
    "spent",
]

LookOutcome = Literal["regressed", "within", "inconclusive"]
Chance = tuple[float, float]
"""The p-values of "it is not slower by more than the limit" and of "it is slower by more than the limit"."""

FEWEST_FOR_A_LOOK = 2
"""Generations of processes: a single one has no scatter to test with."""
SPENT = 0.038
"""The error to spend, less than the promised 5 %: with few generations, t tests cross such bounds up to 1.25 times as
often as normal sums do."""
_DEEP = 8.0  # standard deviations below zero from which on a sum is not followed any further
_POINTS = 401
_NEVER = 12.0  # standard deviations: a bound that no look reaches


def spent(alpha: float, share: float) -> float:
    """Return how much of the one-sided error ``alpha`` may be spent at a share (above 0, to 1) of the information."""
    return (alpha * sqrt(min(share, 1.0)) + obrien_fleming(alpha, share)) / 2


def obrien_fleming(alpha: float, share: float) -> float:
    """Return the same by the O'Brien-Fleming-type function alone."""
    return float(2 * scipy.stats.norm.sf(scipy.stats.norm.isf(alpha / 2) / sqrt(min(share, 1.0))))


def levels(alpha: float, shares: Sequence[float], spend: Callable[[float, float], float] = spent) -> list[float]:
    """Return the one-sided level of each look, given the rising shares of the planned information at the looks.

    Together they are wrong in at most ``alpha`` of the cases. A look's level does not depend on later looks, so one
    more can be planned at any time; a last look at share 1 spends all that is left.
    """
    found: list[float] = []
    earlier, sums = 0.0, _Sums()
    for share in shares:
        bound = sums.bound(share, spend(alpha, share) - (spend(alpha, earlier) if earlier else 0.0))
        found.append(float(scipy.stats.norm.sf(bound)))
        sums = sums.below(share, bound)
        earlier = share
    return found


class _Sums:
    """The part of all normal sums that has not crossed a bound: its density at points, by the share of information."""

    def __init__(
        self,
        share: float = 0.0,
        points: "NDArray[np.float64] | None" = None,
        masses: "NDArray[np.float64] | None" = None,
    ) -> None:
        self._share = share
        self._points = np.zeros(1) if points is None else points
        self._masses = np.ones(1) if masses is None else masses

    def bound(self, share: float, error: float) -> float:
        """Return the bound that sums of this probability cross at that share, in standard deviations of the sum."""
        step = np.sqrt(share - self._share)

        def too_many(bound: float) -> float:
            beyond = scipy.stats.norm.sf((bound * np.sqrt(share) - self._points) / step)
            return float(self._masses @ beyond) - error

        return float(scipy.optimize.brentq(too_many, -_NEVER, _NEVER)) if too_many(_NEVER) < 0 else _NEVER

    def below(self, share: float, bound: float) -> "_Sums":
        """Return those that stay under the bound at that share."""
        step, deviation = np.sqrt(share - self._share), np.sqrt(share)
        points = np.linspace(-_DEEP * deviation, bound * deviation, _POINTS)
        densities = scipy.stats.norm.pdf((points[:, None] - self._points) / step) @ self._masses / step
        weights = np.full(_POINTS, points[1] - points[0])
        weights[[0, -1]] /= 2
        return _Sums(share, points, densities * weights)


def beyond_and_within(ratio: PairedRatio, better: Better, limit: float) -> Chance:
    """Return the p-values of both questions by t tests; 1 and 1 if the ratio has no error yet.

    ``limit`` is relative: 0.05 allows a time to be 1.05 times as long, and a rate 1.05 times as low.
    """
    if not ratio.error:
        return 1.0, 1.0
    slower = np.log(ratio.value) * (1 if better == "less" else -1)
    over = (slower - np.log1p(limit)) / ratio.error
    return float(scipy.stats.t.sf(over, ratio.freedom)), float(scipy.stats.t.cdf(over, ratio.freedom))


def outcome_at(chance: Chance, alarm_level: float, pass_level: float) -> LookOutcome:
    """Return what is certain at a look: that the limit is exceeded, that it is kept, or neither."""
    not_beyond, not_within = chance
    if not_beyond < alarm_level:
        return "regressed"
    return "within" if not_within < pass_level else "inconclusive"
