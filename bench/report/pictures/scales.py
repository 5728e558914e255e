"""Scales, which map values to pixels, and the ticks of their axes."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Scale", "ScaleOf", "is_wide", "linear_scale", "log_scale", "log_ticks", "scale_from_zero"]

_WIDE_FROM = 10
_MOST_TICKS = 5


@dataclass(frozen=True)
class Scale:
    """Map values to pixels; ``ticks`` are the values that an axis labels."""

    low: float
    high: float
    start_px: float
    end_px: float
    logarithmic: bool
    ticks: tuple[float, ...]

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; values beyond the ends are at the nearest end."""
        value = min(max(value, self.low), self.high)
        share = (
            math.log(value / self.low) / math.log(self.high / self.low)
            if self.logarithmic
            else (value - self.low) / (self.high - self.low)
        )
        return self.start_px + share * (self.end_px - self.start_px)


ScaleOf = Callable[[Iterable[float], float, float], Scale]
"""Makes a scale over values, between two pixels."""


def is_wide(values: Sequence[float]) -> bool:
    """Return True if a logarithmic scale suits the values: the highest is more than ten times the lowest."""
    return bool(values) and 0 < _WIDE_FROM * min(values) < max(values)


def scale_from_zero(values: Iterable[float], start_px: float, end_px: float) -> Scale:
    """Return a linear scale from zero that holds all values."""
    return linear_scale(max(values, default=0) or 1.0, start_px, end_px)


def log_scale(values: Iterable[float], start_px: float, end_px: float) -> Scale:
    """Return a logarithmic scale over all values above zero, widened until it has two ticks."""
    known = [value for value in values if value > 0] or [1.0]
    low, high = 0.9 * min(known), 1.1 * max(known)
    while len(log_ticks(low, high)) < 2:  # noqa: PLR2004 - one tick shows no distance
        low, high = low / 1.2, high * 1.2
    return Scale(low, high, start_px, end_px, True, log_ticks(low, high))


def linear_scale(high: float, start_px: float, end_px: float) -> Scale:
    """Return a scale from zero to the first round value that is not below ``high``."""
    step = _step(high / _MOST_TICKS)
    ticks = tuple(step * count for count in range(math.ceil(high / step - 1e-9) + 1))
    return Scale(0.0, ticks[-1], start_px, end_px, False, ticks)


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Return 1, 2 and 5 times the powers of ten between the two, or fewer ticks if they would be too close."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        ticks = tuple(float(f"{digit}e{power}") for power in powers for digit in digits)
        shown = tuple(tick for tick in ticks if low <= tick <= high)
        if len(shown) <= _MOST_TICKS:
            return shown
    return shown[:: math.ceil(len(shown) / _MOST_TICKS)]


def _step(least: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= least * (1 - 1e-9))
