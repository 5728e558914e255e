"""Numbers as a reader sees them: the one place where integers become text.

Durations come in nanoseconds, rates in events a second, shares as fractions. A missing value is an en dash.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from bench.records.figures import Estimate

__all__ = [
    "MISSING",
    "Figure",
    "Times",
    "bandwidth",
    "budget_text",
    "count",
    "detectable",
    "duration",
    "duration_figure",
    "limit_text",
    "number",
    "number_figure",
    "percent",
    "percentile",
    "plural",
    "rate",
    "rate_figure",
    "ratio_bounds",
    "ratio_figure",
    "ratio_text",
    "round_trip",
    "share_figure",
    "size",
    "size_figure",
    "time_left",
    "timeout_text",
    "times",
]

MISSING = "\N{EN DASH}"
_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "us"), (1.0, "ns"))
_SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "bytes"))
_TOO_WIDE = 100  # times its low end: a ratio's interval that says nothing
_TOO_FAR = 10.0  # times as much: a difference that nobody looks for
_BANDWIDTHS = ((1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s"))
_NARROW = 0.02  # a ratio's interval that is too narrow for two decimals


class Times(Protocol):
    """How many times as much something is as another, with the ends of its 95 % interval if these are known."""

    @property
    def value(self) -> float:
        """Return the ratio."""

    @property
    def low(self) -> float | None:
        """Return the lower end."""

    @property
    def high(self) -> float | None:
        """Return the upper end."""


@dataclass(frozen=True)
class Figure:
    """A printed value and, if known, the printed ends of its 95 % interval, or why it has none."""

    text: str
    low: str = ""
    high: str = ""
    why: str = ""

    @property
    def interval(self) -> str:
        """Return ``408 to 417``, or why there is none; nothing if no interval is known."""
        return f"{self.low} to {self.high}" if self.low else self.why

    def __str__(self) -> str:
        return f"{self.text} ({self.interval})" if self.interval else self.text


def duration(nanoseconds: float | None) -> str:
    """Format a duration with three significant digits: ``412 us``, ``1.23 ms``, ``-35 us``."""
    if nanoseconds is None:
        return MISSING
    in_unit, unit = _unit(nanoseconds)
    return f"{number(nanoseconds / in_unit)} {unit}"


def round_trip(nanoseconds: float | None) -> str:
    """Format a round-trip time as people speak of it, in milliseconds from 0.1 on: ``0.3 ms``, ``52 us``."""
    if nanoseconds is None or not 0.0995e6 <= abs(nanoseconds) < 0.9995e9:  # noqa: PLR2004 - prints as 0.1 and 1000
        return duration(nanoseconds)
    return f"{number(nanoseconds / 1e6)} ms"


def rate(per_second: float | None) -> str:
    """Format a rate: ``2,013 /s``, ``4.02 /s``."""
    return MISSING if per_second is None else f"{number(per_second)} /s"


def bandwidth(bytes_per_s: float | None) -> str:
    """Format a bandwidth as an option takes it: ``10 MB/s``."""
    if bytes_per_s is None:
        return MISSING
    in_unit, unit = next((one for one in _BANDWIDTHS if bytes_per_s >= one[0]), _BANDWIDTHS[-1])
    return f"{number(bytes_per_s / in_unit)} {unit}"


def percent(share: float | None) -> str:
    """Format a fraction of one: 0.009 is ``0.9 %``."""
    if share is None:
        return MISSING
    hundredths = 100 * share
    if 0 < hundredths < 0.1:  # noqa: PLR2004 - one tenth, the last digit shown
        return "<0.1 %"
    return f"{hundredths:.0f} %" if hundredths >= 9.95 else f"{hundredths:.1f} %"  # noqa: PLR2004 - prints as 10


def detectable(share: float | None) -> str:
    """Format the smallest difference that a run could detect: ``3 %``, or ``nothing`` if it would have to be huge."""
    return "nothing" if share is not None and share >= _TOO_FAR else percent(share)


def limit_text(limit: float | None) -> str:
    """Format a limit as a user writes it: ``5 %``."""
    return percent(limit).replace(".0 ", " ")


def percentile(share: float) -> str:
    """Name a percentile: 0.999 is ``p99.9``."""
    return f"p{100 * share:.6g}"


def duration_figure(estimate: Estimate | None) -> Figure:
    """Format an estimate in nanoseconds, with its interval in the unit of its value."""
    if estimate is None:
        return Figure(MISSING)
    in_unit, _ = _unit(estimate.value)
    return _figure(duration(estimate.value), estimate, in_unit)


def rate_figure(estimate: Estimate | None) -> Figure:
    """Format an estimate in events a second; the unit is left to the column's heading."""
    return Figure(MISSING) if estimate is None else _figure(number(estimate.value), estimate, 1)


def number_figure(estimate: Estimate | None) -> Figure:
    """Format an estimate without a unit that may be near zero: ``0.0021 (0.0018 to 0.0024)``."""
    return Figure(MISSING) if estimate is None else _even_figure(estimate, 1, digits=2)


def share_figure(estimate: Estimate | None) -> Figure:
    """Format an estimated fraction of one: ``62 % (60 to 64)``."""
    if estimate is None:
        return Figure(MISSING)
    if estimate.low is None or estimate.high is None:
        return Figure(percent(estimate.value))
    decimals = 0 if estimate.value >= 0.0995 else 1  # noqa: PLR2004 - like percent()
    return Figure(percent(estimate.value), *(f"{100 * end:.{decimals}f}" for end in (estimate.low, estimate.high)))


def size_figure(estimate: Estimate | None) -> Figure:
    """Format an estimate in bytes that may be near zero, in the unit of its largest end."""
    if estimate is None:
        return Figure(MISSING)
    in_unit, unit = _size_unit(_largest(estimate))
    return _even_figure(estimate, in_unit, unit)


def ratio_text(value: float) -> str:
    """Format a ratio without an interval: ``1.12x``."""
    return f"{value:,.2f}x" if value < 10 else f"{number(value)}x"  # noqa: PLR2004 - 12.3x


def ratio_bounds(ratio: Times) -> tuple[float, float] | None:
    """Return the ends of a ratio's interval; None if it has none, or is so wide that it says nothing."""
    if ratio.low is None or ratio.high is None or ratio.high > _TOO_WIDE * ratio.low:
        return None
    return ratio.low, ratio.high


def ratio_figure(ratio: Times | None) -> Figure:
    """Format ``1.73x`` and its interval, with a third decimal where the interval is narrow."""
    if ratio is None:
        return Figure(MISSING)
    decimals, bounds = _ratio_decimals(ratio), ratio_bounds(ratio)
    if bounds is None:
        return Figure(f"{ratio.value:,.{decimals}f}x", why="" if ratio.low is None else "too few blocks to say")
    value, low, high = (f"{one:,.{decimals}f}" for one in (ratio.value, *bounds))
    return Figure(f"{value}x", low, high)


def size(count_bytes: float | None) -> str:
    """Format bytes: ``7.8 GiB``, ``512 bytes``."""
    if count_bytes is None:
        return MISSING
    in_unit, unit = _size_unit(count_bytes)
    return f"{number(count_bytes / in_unit)} {unit}"


def count(times: float | None) -> str:
    """Format how many there were of something, possibly a mean: ``3``, ``0.25``, ``1,024``."""
    return MISSING if times is None else number(times)


def number(value: float) -> str:
    """Format three significant digits, never in powers of ten; all digits from 100 on, with commas."""
    if abs(value) >= 99.95:  # noqa: PLR2004 - prints as 100
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{value:.{_decimals(value)}f}" if "e" in text else text


def time_left(seconds: float) -> str:
    """Format a time that a person waits for: ``42 s``, ``1 min 20 s``."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def times(count: int) -> str:
    """Format how often something happened: ``once``, ``3 times``."""
    return "once" if count == 1 else f"{count} times"


def plural(count: int, one: str, many: str = "") -> str:
    """Format how many there are of what is counted: ``1 attempt``, ``3 attempts``, ``4 processes``."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def timeout_text(seconds: float) -> str:
    """Format a timeout that somebody has set: ``5 s``, ``30 min``, ``2 min 30 s``, ``12 h``."""
    hours = seconds / 3600
    return f"{hours:g} h" if hours >= 1 and hours.is_integer() else time_left(seconds).removesuffix(" 0 s")


def budget_text(seconds: float) -> str:
    """Format a budget as an option takes it, rounded up: ``90s``, ``5m``."""
    tens = math.ceil(seconds / 10)
    return f"{10 * tens}s" if tens < 12 else f"{math.ceil(seconds / 60)}m"  # noqa: PLR2004 - two minutes


def _unit(nanoseconds: float) -> tuple[float, str]:
    """Return the largest unit in which the value, rounded to three digits, is at least 1."""
    return next((unit for unit in _UNITS if abs(nanoseconds) >= 0.9995 * unit[0]), _UNITS[-1])


def _size_unit(count_bytes: float) -> tuple[float, str]:
    return next((unit for unit in _SIZES if abs(count_bytes) >= unit[0]), _SIZES[-1])


def _decimals(value: float) -> int:
    """Return the number of decimals that show three significant digits of the value, and of values near it."""
    return 0 if not value else max(0, 2 - math.floor(math.log10(abs(value))))


def _largest(estimate: Estimate) -> float:
    """Return the largest of a value and its interval's ends: a value of zero has no leading digit."""
    return max(abs(one) for one in (estimate.value, estimate.low, estimate.high) if one is not None)


def _figure(text: str, estimate: Estimate, in_unit: float) -> Figure:
    if estimate.low is None or estimate.high is None:
        return Figure(text)
    most = _decimals(estimate.value / in_unit)
    ends = (end / in_unit for end in (estimate.low, estimate.high))
    low, high = (f"{end:,.{min(most, _decimals(end))}f}" for end in ends)
    return Figure(text, low, high)


def _even_figure(estimate: Estimate, in_unit: float, unit: str = "", digits: int = 3) -> Figure:
    """Format a value and its interval's ends with the same number of decimals, chosen for the largest of them."""
    decimals = max(0, _decimals(_largest(estimate) / in_unit) + digits - 3)
    ends = (estimate.value, estimate.low, estimate.high)
    value, low, high = ("" if end is None else f"{end / in_unit:z,.{decimals}f}" for end in ends)
    return Figure(f"{value} {unit}".rstrip(), low if high else "", high if low else "")


def _ratio_decimals(ratio: Times) -> int:
    """Return two decimals near 1, or three for a narrow interval; far from 1, those that the leading digits need."""
    if ratio.value >= 10:  # noqa: PLR2004 - 12.3x
        return _decimals(ratio.value)
    if ratio.value < 0.1:  # noqa: PLR2004 - 0.048x
        return _decimals(ratio.value) - 1
    if ratio.low is None or ratio.high is None:
        return 2
    return 3 if ratio.high - ratio.low < _NARROW else 2
