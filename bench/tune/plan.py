"""How a tuning divides its time: pure functions of the budget."""

from collections.abc import Mapping, Sequence

from bench.records.tune import StageName

__all__ = [
    "BUDGET_S",
    "LEAST_BUDGET_S",
    "QUICK_BUDGET_S",
    "SIDE_S",
    "first_round",
    "has_room",
    "least_s",
    "measured_side_s",
    "screens_on",
    "stage_budget_s",
]

BUDGET_S, QUICK_BUDGET_S = 300.0, 150.0
LEAST_BUDGET_S = 60.0
"""With less, a confirmation would have too few sets of fresh processes to be one."""

_SHARES: Mapping[StageName, float] = {"screening": 0.36, "combining": 0.18, "ablation": 0.18, "confirmation": 0.28}
_OVERHEAD_S = 10.0  # to boot a server again, and to end it
SIDE_S = 3.0
"""To start one side's processes, to warm them up, and for its turn, as long as nothing else is known."""
_LEAST_SIDE_S = 0.5  # a stage may end before its overhead is over
_FEWEST_GENERATIONS: Mapping[StageName, int] = {"screening": 1, "combining": 2, "ablation": 3, "confirmation": 4}


def stage_budget_s(stage: StageName, later: Sequence[StageName], left_s: float) -> float:
    """Return the time of a stage, given that ``later`` ones follow and ``left_s`` is left for all of them.

    What a stage does not use, or what one would have used that is left out, goes to the others by their shares.
    """
    return left_s * _SHARES[stage] / sum(_SHARES[one] for one in (stage, *later))


def least_s(stage: StageName, sides: int, side_s: float = SIDE_S) -> float:
    """Return about the least time in which a stage with that many sides, the present settings included, has a use."""
    return _OVERHEAD_S + _FEWEST_GENERATIONS[stage] * sides * side_s


def has_room(stage: StageName, sides: int, left_s: float, side_s: float = SIDE_S) -> bool:
    """Return whether such a stage fits beside a confirmation of two sides, if each takes ``side_s`` a generation."""
    return left_s >= least_s(stage, sides, side_s) + least_s("confirmation", 2, side_s)


def measured_side_s(duration_s: float, turns: int) -> float:
    """Return how long a side took in a generation, from what a stage took for all of their turns."""
    return max(_LEAST_SIDE_S, (duration_s - _OVERHEAD_S) / turns) if turns else SIDE_S


def first_round(budget_s: float, side_s: float = SIDE_S) -> int:
    """Return how many candidates a screening of that budget tries at first, so that half of it is left for the best."""
    return max(1, int((budget_s - _OVERHEAD_S) / (2 * side_s)) - 1)


def screens_on(left_s: float, budget_s: float, side_s: float, *, found: bool) -> bool:
    """Return whether to screen what there was no time for yet.

    If something acts, that is while half of the screening's share is left; otherwise, while a confirmation would fit.
    """
    is_over = found and left_s < (1 - _SHARES["screening"] / 2) * budget_s
    return not is_over and has_room("screening", 2, left_s, side_s)
