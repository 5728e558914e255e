"""Bars of text: where an interval lies on a scale, and how much of a time is over."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bench.stats.intervals import Interval

__all__ = ["Scale", "time_bar"]

_LEAST_SPAN = math.log(1.1)
"""A scale is at least that long, so that the noise of equal subjects does not look like a difference."""


@dataclass(frozen=True)
class Scale:
    """A logarithmic scale of ``width`` characters: equal distances are equal ratios."""

    low: float
    high: float
    width: int
    ascii_only: bool = False

    @classmethod
    def over(cls, figures: Iterable[Interval], width: int, *, ascii_only: bool = False) -> "Scale":
        """Return the scale on which all these intervals lie. Figures must be positive."""
        ends = [math.log(end) for one in figures for end in (one.low or one.value, one.high or one.value)]
        missing = max(0.0, _LEAST_SPAN - (max(ends) - min(ends))) / 2
        return cls(min(ends) - missing, max(ends) + missing, width, ascii_only)

    def bar(self, figure: Interval) -> str:
        """Return the interval with its value on this scale; only the value if there is no interval yet."""
        dash, left, right, mark = "-[]o" if self.ascii_only else "─├┤●"
        cells = [" "] * self.width
        if figure.low and figure.high:
            first, last = self._place(figure.low), self._place(figure.high)
            cells[first : last + 1] = dash * (last + 1 - first)
            cells[first], cells[last] = left, right
        cells[self._place(figure.value)] = mark
        return "".join(cells)

    def _place(self, value: float) -> int:
        share = (math.log(value) - self.low) / (self.high - self.low)
        return round(min(1.0, max(0.0, share)) * (self.width - 1))


def time_bar(share: float, width: int, *, ascii_only: bool = False) -> str:
    """Return a bar of which that share is filled."""
    full, rest = "#-" if ascii_only else "━─"
    filled = round(min(1.0, max(0.0, share)) * width)
    return full * filled + rest * (width - filled)
