"""How much longer a run would have to be to settle what it left open.

A standard error shrinks with the root of the number of generations. If the figure stays where it is, a run that is
longer by the smallest sufficient factor settles it in half of the cases; twice as long, it does in about four of five:
at the usual levels, a statistic that is 1.41 times its critical value is 0.8 standard deviations beyond it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import log, log1p, sqrt

from bench.stats.intervals import FEWEST_GENERATIONS, PairedRatio, with_error
from bench.stats.looks import beyond_and_within, outcome_at
from bench.stats.verdicts import Better

__all__ = [
    "LONGEST_S",
    "SIDE_LEVELS",
    "grown",
    "is_settled",
    "needed_budgets_s",
    "needed_for_generations_s",
    "needed_for_limit_s",
    "needed_for_margin_s",
]

LONGEST_S = 3600.0
"""No budget beyond this is suggested: what it does not settle is too near the limit, or too noisy."""
SIDE_LEVELS = 0.004, 0.018
"""The levels of an alarm and of a pass of two sides at the last of many looks, if five metrics share the error."""
_STEP = 1.1
_SAFETY = 2.0


def grown(ratio: PairedRatio, times: float) -> PairedRatio:
    """Return the ratio as a run that many times as long would have found it, if its value and its noise stay."""
    generations = int(ratio.generations * times + 1e-9)
    estimates_luck = generations >= FEWEST_GENERATIONS
    includes_luck = ratio.includes_luck or estimates_luck
    if not ratio.error:
        return replace(ratio, generations=generations, includes_luck=includes_luck)
    starts_to = estimates_luck and ratio.generations < FEWEST_GENERATIONS
    freedom = generations - 1 if starts_to else (ratio.freedom + 1) * times - 1
    return with_error(log(ratio.value), ratio.error / sqrt(times), freedom, generations, includes_luck=includes_luck)


def needed_budgets_s(budget_s: float, certain: Callable[[float], Sequence[bool]]) -> list[float | None]:
    """Return for each question the budget that would probably answer it; None if none up to ``LONGEST_S`` would.

    ``certain`` returns for each question whether a run that is longer by a factor would answer it.
    """
    found: list[float | None] = [None for _ in certain(1.0)]
    times = _STEP
    while budget_s > 0 and budget_s * times * _SAFETY <= LONGEST_S and None in found:
        for place, settled in enumerate(certain(times)):
            if settled and found[place] is None:
                found[place] = budget_s * times * _SAFETY
        times *= _STEP
    return found


def is_settled(ratio: PairedRatio, better: Better, limit: float) -> bool:
    """Return True if it is certain whether one side is worse than the other by more than the limit."""
    if not ratio.includes_luck:
        return False
    return outcome_at(beyond_and_within(ratio, better, limit), *SIDE_LEVELS) != "inconclusive"


def needed_for_limit_s(budget_s: float, ratio: PairedRatio, better: Better, limit: float) -> float | None:
    """Return the budget that would probably settle whether one side is worse than the other by more than the limit."""
    if not ratio.error:
        return needed_for_generations_s(budget_s, ratio.generations)
    return needed_budgets_s(budget_s, lambda times: [is_settled(grown(ratio, times), better, limit)])[0]


def needed_for_generations_s(budget_s: float, generations: int) -> float:
    """Return the budget of a run with enough generations for a verdict, if one of ``budget_s`` has that many."""
    return min(budget_s * (FEWEST_GENERATIONS + 1) / max(generations, 1), LONGEST_S)


def needed_for_margin_s(budget_s: float, detectable: float, margin: float) -> float | None:
    """Return the budget of a run that can detect the margin, if one of ``budget_s`` detects ``detectable``."""
    needed_s = budget_s * (log1p(detectable) / log1p(margin)) ** 2 if margin else LONGEST_S + 1
    return needed_s if needed_s <= LONGEST_S else None
