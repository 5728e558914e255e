"""What a ratio means: four verdicts, with an equivalence margin, over a family of comparisons.

``equivalent`` is shown, not assumed: two one-sided t tests find the ratio within the margin (Schuirmann 1987). A
difference that is certain but not shown to be within the margin is ``regressed`` or ``improved``; everything else is
``inconclusive``. Each of the two questions is asked of a whole family of comparisons, so its p-values are adjusted by
Holm's method (1979): the chance of even one wrong answer in the family is at most 5 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy  # loads its parts on demand: they take a second

from bench.stats.intervals import CONFIDENCE, PairedRatio

__all__ = ["Better", "Verdict", "holm", "verdicts", "within_limits"]

Better = Literal["less", "more"]
Verdict = Literal["regressed", "improved", "equivalent", "inconclusive"]


@dataclass(frozen=True)
class _Chances:
    """The p-values of "there is no difference" and of "the difference is beyond the margin"."""

    same: float
    beyond: float


def verdicts(ratios: Sequence[tuple[PairedRatio, Better]], margin: float | Sequence[float]) -> list[Verdict]:
    """Return a verdict for each ratio of a family; ``margin`` is relative: with 0.02, 1/1.02 to 1.02 count as equal.

    Each ratio can have its own margin. A ratio whose error does not include the luck of processes is inconclusive.
    """
    margins = np.log1p(np.broadcast_to(np.asarray(margin, dtype=float), len(ratios)))
    chances = [_chances(ratio, float(own)) for (ratio, _), own in zip(ratios, margins, strict=True)]
    same = holm([one.same for one in chances])
    beyond = holm([one.beyond for one in chances])
    return [_verdict(*one) for one in zip(ratios, same, beyond, strict=True)]


def within_limits(ratios: Sequence[tuple[PairedRatio, Better]], limits: Sequence[float]) -> list[bool]:
    """Return for each ratio whether it is shown to be worse by less than its relative limit, by a one-sided t test.

    This is not adjusted for the family: if each is tested separately, the claim that *all* are within their limits is
    wrong in at most 5 of 100 cases (an intersection-union test: Berger 1982). A ratio whose error does not include the
    luck of processes shows nothing.
    """
    return [_is_within(ratio, better, math.log1p(own)) for (ratio, better), own in zip(ratios, limits, strict=True)]


def _is_within(ratio: PairedRatio, better: Better, limit: float) -> bool:
    if not ratio.error or not ratio.includes_luck:
        return False
    worse = math.log(ratio.value) * (1 if better == "less" else -1)
    return bool(scipy.stats.t.sf((limit - worse) / ratio.error, ratio.freedom) < 1 - CONFIDENCE)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust the p-values of a family by Holm's step-down method."""
    order = np.argsort(p_values)
    factors = np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * np.asarray(p_values)[order]))
    return [float(p) for p in adjusted]


def _chances(ratio: PairedRatio, margin: float) -> _Chances:
    if not ratio.error or not ratio.includes_luck:
        return _Chances(1.0, 1.0)
    off = abs(math.log(ratio.value))
    same = 2 * scipy.stats.t.sf(off / ratio.error, ratio.freedom)
    beyond = scipy.stats.t.sf((margin - off) / ratio.error, ratio.freedom)
    return _Chances(float(same), float(beyond))


def _verdict(one: tuple[PairedRatio, Better], same: float, beyond: float) -> Verdict:
    ratio, better = one
    if beyond < 1 - CONFIDENCE:
        return "equivalent"
    if same >= 1 - CONFIDENCE:
        return "inconclusive"
    return "improved" if (ratio.value > 1) == (better == "more") else "regressed"
