"""Decides when each block is measured: the metrics share a fixed time, and each block has its own order."""

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.metrics.registry import find_metric
from bench.records.turns import Key, Series
from bench.stats.intervals import FEWEST_GENERATIONS

__all__ = ["BUDGETS_S", "END_S", "Schedule", "budget_s", "least_s", "plan_generations"]


BUDGETS_S: dict[str, float] = {"quick": 55, "default": 165, "full": 600}
"""How long a whole comparison may take, by the names that options use."""
_MOST_S = 86400.0
END_S = 4.0  # to end the subjects and to write the reports
_MOST_GENERATIONS = 12
_RENEWAL_SHARE = 0.2  # of the time, at most, for fresh processes
_MOST_OF_SIDES, _SIDES_SHARE = 20, 0.5
_WANTED_GENERATIONS = FEWEST_GENERATIONS + 1
_FEWEST_AT_A_POINT, _POINTS_SHARE = 2, 0.5
_WANTED_SHARE = 0.4  # instead, if that affords fewer generations than wanted

_UNITS_S = {"": 1, "s": 1, "m": 60, "min": 60}


def budget_s(text: str) -> float:
    """Read a budget in seconds: a name in BUDGETS_S, or a time such as ``90``, ``90s`` or ``5m``. Raises ValueError."""
    if text in BUDGETS_S:
        return BUDGETS_S[text]
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *([a-z]*)", text.strip())
    if not found or found[2] not in _UNITS_S:
        raise ValueError(f"{text!r} is not a time: use seconds or minutes (90s, 5m), or {', '.join(BUDGETS_S)}")
    seconds = float(found[1]) * _UNITS_S[found[2]]
    if seconds > _MOST_S:
        raise ValueError(f"{text[:40]!r} is more than a day: use seconds or minutes (90s, 5m)")
    return seconds


def plan_generations(left_s: float, renewal_s: float, points: int = 1, block_s: float = 0.0, *, sides: int = 0) -> int:
    """Return how many generations to measure in the time left, if fresh processes take ``renewal_s`` each time.

    Each has room for a block of ``block_s``. All points of a sweep get equally many generations, and at least one; to
    have two, without which there is no verdict, half of the time may go into fresh processes.
    Four are not worth more than a fifth of the time: intervals are wider from them, with nothing assumed about the luck
    of processes, than from three longer ones. Two ``sides`` spend half of the time on fresh processes, so that early
    looks have data. More than two have as many generations as have room for a block each: a block of many sides takes
    long, and fresh processes tell more.
    """

    def affordable(share: float) -> int:
        return (1 + int(share * left_s / renewal_s)) // points

    long_enough = int((left_s + renewal_s) / (renewal_s + block_s)) // points
    stretched = min(_WANTED_GENERATIONS, affordable(_WANTED_SHARE))
    if points == 1 and stretched == FEWEST_GENERATIONS:
        stretched -= 1
    wanted = max(affordable(_RENEWAL_SHARE), stretched, min(_FEWEST_AT_A_POINT, affordable(_POINTS_SHARE)))
    if sides:
        wanted = long_enough if sides > 2 else affordable(_SIDES_SHARE)  # noqa: PLR2004 - a pair
        return points * max(1, min(_MOST_OF_SIDES, long_enough, wanted))
    return points * max(1, min(_MOST_GENERATIONS, long_enough, wanted))


@dataclass
class Schedule:
    """Chooses what to measure next, until ``deadline_s`` on the monotonic clock.

    Series alternate so that each has had its share of the time at any moment: an interrupted run has some of each.
    """

    deadline_s: float
    rng: random.Random
    clock_s: Callable[[], float] = time.monotonic
    _spent_s: dict[Series, float] = field(default_factory=dict)
    _longest_s: dict[Series, float] = field(default_factory=dict)

    @classmethod
    def within(cls, budget_s: float, started_s: float, seed: int) -> "Schedule":
        """Return the schedule of a budget that started to run at ``started_s``."""
        return cls(deadline_s=started_s + budget_s - END_S, rng=random.Random(seed))  # noqa: S311

    def end_now(self) -> None:
        """Measure nothing more."""
        self.deadline_s = min(self.deadline_s, self.clock_s())

    def keep(self, seconds: float) -> None:
        """End sooner, by that many seconds."""
        self.deadline_s -= seconds

    def left_s(self) -> float:
        """Return the seconds that are left for measuring."""
        return max(0.0, self.deadline_s - self.clock_s())

    def next_series(self, all_series: list[Series], keep_s: float = 0.0) -> Series | None:
        """Return the series that is furthest behind its share and still fits; None if no series fits.

        The last ``keep_s`` are kept for later.
        """
        fitting = [series for series in all_series if self.fits(series, keep_s)]
        if not fitting:
            return None
        places = Counter(series.metric for series in all_series)

        def progress(series: Series) -> float:
            """Return how much of its share a series has had; the series of a metric divide its share."""
            return self._spent_s.get(series, 0.0) * places[series.metric] / find_metric(series.metric).share

        return min(fitting, key=progress)

    def fits(self, series: Series, keep_s: float = 0.0) -> bool:
        """Return whether a block of the series fits into the time left, without the last ``keep_s``."""
        left_s = max(0.0, self.left_s() - keep_s)
        return 0 < left_s >= self._longest_s.get(series, least_s(series))

    def start_over(self) -> None:
        """Share the time left from scratch: what each series used before no longer counts."""
        self._spent_s.clear()

    def expect(self, share: float) -> None:
        """Expect blocks that take this share of the time of earlier ones, because other sides have turns in them."""
        self._longest_s = {series: share * longest_s for series, longest_s in self._longest_s.items()}

    def spent(self, series: Series, block_s: float, needed_s: float | None = None) -> None:
        """Record how long a block took, and how long the next one may if that is not the same."""
        self._spent_s[series] = self._spent_s.get(series, 0.0) + block_s
        needed_s = block_s if needed_s is None else needed_s
        self._longest_s[series] = max(needed_s, self._longest_s.get(series, 0.0))

    def shuffled(self, keys: list[Key]) -> list[Key]:
        """Return the keys in the random order of the next block."""
        return self.rng.sample(keys, len(keys))


def least_s(series: Series) -> float:
    """Return the least seconds that a block takes, as known before the first one is measured."""
    return find_metric(series.metric).least_s(series.at)
