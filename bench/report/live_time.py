"""How much time of a run is left: a bar, and words."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.report.live_bars import time_bar
from bench.text.numbers import time_left

__all__ = ["RunTime"]

_LONGEST_BAR = 50


@dataclass(frozen=True, kw_only=True)
class RunTime:
    """When a run began and how long it may take, in seconds of ``clock_s``. It ``may_end_early``."""

    started_s: float = 0.0
    budget_s: float = 0.0
    may_end_early: bool = False
    clock_s: Callable[[], float] = time.monotonic

    @property
    def is_known(self) -> bool:
        """Return True if it is known how long the run may take."""
        return self.budget_s > 0

    def bar(self, width: int, *, ascii_only: bool) -> str:
        """Return, in ``width`` characters, a bar of the whole time, and the time left."""
        spent_s = self.clock_s() - self.started_s
        most = "at most " if self.may_end_early else ""
        words = f" {most}{time_left(self.budget_s - spent_s)} left"
        length = max(0, min(_LONGEST_BAR, width - len(words)))
        return time_bar(spent_s / self.budget_s, length, ascii_only=ascii_only) + words
