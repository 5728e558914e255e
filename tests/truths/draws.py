"""Times that are drawn the same way where they are taken and where they are known.

Only the standard library: a subject imports it too.
"""

import random
from dataclasses import dataclass

__all__ = ["SHAPES", "Times"]

_SLOW_SHARE = 0.2
_SLOW_FACTOR = 2
_TAIL = 2.5


def _constant(uniform: float) -> float:
    return 1.0


def _bimodal(uniform: float) -> float:
    """One in five takes twice as long."""
    return _SLOW_FACTOR if uniform < _SLOW_SHARE else 1.0


def _pareto(uniform: float) -> float:
    """A heavy tail: 1.3 at the median, 3.3 at the 95th percentile, 40 once in 10,000 draws."""
    return (1.0 - uniform) ** (-1.0 / _TAIL)


SHAPES = {"bimodal": _bimodal, "constant": _constant, "pareto": _pareto}


@dataclass(frozen=True)
class Times:
    """A seeded series of durations: the draw of a number is always the same, whatever was drawn before.

    ``scale_ns`` is the shortest of them. Its fields are plain JSON values.
    """

    shape: str
    scale_ns: int
    seed: int = 0

    def draw_ns(self, number: int) -> int:
        """Return the duration of that number."""
        uniform = random.Random(f"{self.seed}/{number}").random()
        return round(self.scale_ns * SHAPES[self.shape](uniform))

    def draws_ns(self, count: int) -> list[int]:
        """Return the durations of the numbers from 0 on."""
        return [self.draw_ns(number) for number in range(count)]
