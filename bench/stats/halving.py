"""Which of many candidates to go on with, from few sets of fresh processes each.

Sequential halving (Karnin, Koren and Somekh, Almost optimal exploration in multi-armed bandits, 2013): after each
round, in which every candidate had equally many generations, the lower half goes. Here a candidate of the lower half
stays if it seems to gain more than the margin, because several may be useful; and one that certainly gains no more goes
wherever it stands.

All this only chooses. The best of many looks better than it is, so no figure of a choice is a result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, expm1, log1p, sqrt

import numpy as np
import scipy  # loads its parts on demand: they take a second

from bench.stats.intervals import LUCK, POWER, TRIM, typical

__all__ = ["Standing", "dropped", "simplest", "standings"]

_KNOWN_FREEDOM = 4  # as in bench.stats.intervals: what is known counts as much as four more generations
_SCATTER = 0.09  # of the logarithms of real blocks of throughput; those of enqueue scatter more, but are many
_CERTAIN, _SURE = 0.05, 0.02
_PROMISING = 0.30  # of runs in which nothing is useful, something may be confirmed in vain
_ENOUGH_GENERATIONS = 3
"""After this many generations, a candidate that does not seem to gain more than the margin is not worth more time."""


@dataclass(frozen=True)
class Standing:
    """The logarithm of a candidate's gain so far, with its standard error and degrees of freedom."""

    log: float
    error: float
    freedom: float
    generations: int

    @property
    def gain(self) -> float:
        """Return how many times better it seems."""
        return exp(self.log)

    def chance_of_no_more_than(self, margin: float) -> float:
        """Return the p-value of "it gains no more than this relative margin"."""
        return float(scipy.special.stdtr(self.freedom, (log1p(margin) - self.log) / self.error))

    def is_promising(self, margin: float, candidates: int) -> bool:
        """Return True if it seems to gain more than the margin, and a useless one would hardly ever gain as much.

        It is worth a run of its own.
        """
        return self.log > log1p(margin) and self.chance_of_no_more_than(0.0) < _PROMISING / candidates

    def detectable(self, margin: float, candidates: int) -> float:
        """Return the relative gain that would have been promising in 80 of 100 such runs."""
        needed = max(log1p(margin), float(scipy.stats.t.isf(_PROMISING / candidates, self.freedom)) * self.error)
        return expm1(needed + float(scipy.stats.t.ppf(POWER, self.freedom)) * self.error)

    def is_hopeless(self, margin: float) -> bool:
        """Return True if it certainly gains no more than the margin."""
        return 1 - self.chance_of_no_more_than(margin) < _CERTAIN

    def is_certain(self, margin: float, questions: int = 1) -> bool:
        """Return True if it seems to be more than the margin, and certainly is something.

        It is one of that many such questions, which share the error.
        """
        return self.log > log1p(margin) and self.chance_of_no_more_than(0.0) < _SURE / questions

    def inverted(self) -> "Standing":
        """Return the same seen from the other side: a gain of one is a loss of the other."""
        return replace(self, log=-self.log)


def standings(gains: Mapping[str, Mapping[int, Sequence[float]]], trim: float = TRIM) -> dict[str, Standing]:
    """Return where candidates stand, from the logarithms of their gains: for each generation, one a block.

    All are supposed to scatter alike from generation to generation, so each one's few generations tell about the
    scatter of all. That is joined with what is known from many runs, as in ``bench.stats.intervals``: the luck of
    processes, and the scatter of blocks. Candidates without a generation are left out. ``trim`` is the share of a
    generation's blocks that is left out at either end.
    """
    known = {label: by_generation for label, by_generation in gains.items() if by_generation}
    means = {label: [typical(logs, trim) for logs in by_generation.values()] for label, by_generation in known.items()}
    sizes = [len(logs) for by_generation in known.values() for logs in by_generation.values()]
    own = sum(len(some) - 1 for some in means.values())
    squares = sum(float(np.var(some)) * len(some) for some in means.values())
    expected = LUCK**2 + _SCATTER**2 * float(np.mean([1 / size for size in sizes])) if sizes else 0.0
    freedom = _KNOWN_FREEDOM + own
    variance = (_KNOWN_FREEDOM * expected + squares) / freedom
    return {
        label: Standing(float(np.mean(some)), sqrt(variance / len(some)), freedom, len(some))
        for label, some in means.items()
    }


def dropped(standings: Mapping[str, Standing], margin: float) -> dict[str, str]:
    """Return which candidates go after a round, and why: a clause each."""
    order = sorted(standings, key=lambda label: standings[label].log)
    lower, found = order[: len(order) // 2], dict[str, str]()
    for label, one in standings.items():
        if one.is_hopeless(margin):
            found[label] = "it certainly gains no more than the margin"
        elif one.log > log1p(margin):
            continue
        elif one.generations >= _ENOUGH_GENERATIONS:
            found[label] = "it does not seem to gain more than the margin"
        elif label in lower:
            found[label] = "it is of the lower half, and does not seem to gain more than the margin"
    return found


def simplest(standings: Mapping[str, Standing], sizes: Mapping[str, int]) -> str:
    """Return the candidate with the fewest settings (``sizes``) that is within a standard error of the best one.

    Of equally small ones, it is the best. This is the rule of one standard error of Breiman and others, Classification
    and Regression Trees, 1984: what is hardly better than something simpler is probably its noise.
    """
    best = max(standings.values(), key=lambda one: one.log)
    near = [label for label, one in standings.items() if one.log >= best.log - best.error]
    return min(near, key=lambda label: (sizes[label], -standings[label].log))
