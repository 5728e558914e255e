"""The parts of a picture: scales, axes, and marks that differ in shape as well as in colour.

Colours and fonts come from the page's style sheet by class: ``s0`` to ``s7`` is a subject's colour.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from markupsafe import Markup

__all__ = ["WIDTH", "Canvas", "Scale", "linear_scale", "log_ticks", "scale_over", "shortened"]

WIDTH = 440
_COLOURS = 8
_DASHES = 4
_LOG_FROM = 10  # the range, highest over lowest, from which an axis is logarithmic
_MOST_TICKS = 5
_SHAPES = (
    "M-5,0 a5,5 0 1,0 10,0 a5,5 0 1,0 -10,0 Z",  # circle
    "M-4.5,-4.5 H4.5 V4.5 H-4.5 Z",  # square
    "M0,-6 L5.5,4.5 H-5.5 Z",  # triangle
    "M0,-6.5 L5.5,0 L0,6.5 L-5.5,0 Z",  # diamond
    "M0,6 L5.5,-4.5 H-5.5 Z",  # triangle on its point
    "M-2,-6 H2 V-2 H6 V2 H2 V6 H-2 V2 H-6 V-2 H-2 Z",  # cross
    "M0,-6 L6,-1.5 L3.5,5 H-3.5 L-6,-1.5 Z",  # pentagon
)


@dataclass(frozen=True)
class Scale:
    """Maps values to pixels; ``ticks`` are the values that an axis names."""

    low: float
    high: float
    start_px: float
    end_px: float
    logarithmic: bool
    ticks: tuple[float, ...]

    def __call__(self, value: float) -> float:
        """Give the pixel of a value; one beyond the ends lies on the end."""
        value = min(max(value, self.low), self.high)
        share = (
            math.log(value / self.low) / math.log(self.high / self.low)
            if self.logarithmic
            else (value - self.low) / (self.high - self.low)
        )
        return self.start_px + share * (self.end_px - self.start_px)


def scale_over(values: Iterable[float], start_px: float, end_px: float) -> Scale:
    """Give a scale from zero, or a logarithmic one if the highest value is more than ten times the lowest."""
    known = [value for value in values if value > 0] or [1.0]
    low, high = min(known), max(known)
    if high / low > _LOG_FROM:
        low, high = 0.9 * low, 1.1 * high
        return Scale(low, high, start_px, end_px, True, log_ticks(low, high))
    return linear_scale(high, start_px, end_px)


def linear_scale(high: float, start_px: float, end_px: float) -> Scale:
    """Give a scale from zero to the first round value that is not below ``high``."""
    step = _step(high / _MOST_TICKS)
    ticks = tuple(step * count for count in range(math.ceil(high / step - 1e-9) + 1))
    return Scale(0.0, ticks[-1], start_px, end_px, False, ticks)


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Give 1, 2 and 5 times the powers of ten between the two, or fewer where they would stand close."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        ticks = tuple(float(f"{digit}e{power}") for power in powers for digit in digits)
        shown = tuple(tick for tick in ticks if low <= tick <= high)
        if len(shown) <= _MOST_TICKS:
            return shown
    return shown[:: math.ceil(len(shown) / _MOST_TICKS)]


def shortened(text: str, most: int) -> str:
    """Give the text, cut to at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


class Canvas:
    """One picture of a fixed width, to be scaled by the page."""

    def __init__(self, height: float, title: str, description: str) -> None:
        self._svg = ElementTree.Element("svg", {"viewBox": f"0 0 {WIDTH} {height:g}", "role": "img"})
        self._add("title", text=title)
        self._add("desc", text=description)

    def text(self, x: float, y: float, text: str, style: str = "") -> None:
        """Write text with its baseline at ``y``; styles are ``middle``, ``end`` and ``quiet``."""
        self._add("text", text=text, x=_px(x), y=_px(y), **{"class": style} if style else {})

    def line(self, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
        """Draw a straight line; styles are ``grid``, ``axis`` and a whisker's."""
        ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        self._add("line", **{name: _px(end) for name, end in ends.items()}, **{"class": style})

    def curve(self, points: Sequence[tuple[float, float]], subject: int) -> None:
        """Draw a subject's line through the points, in its colour and with its dashes."""
        path = "M" + " L".join(f"{_px(x)},{_px(y)}" for x, y in points)
        self._add("path", d=path, **{"class": f"curve s{subject % _COLOURS} d{subject % _DASHES}"})

    def mark(self, x: float, y: float, subject: int, *, hollow: bool = False) -> None:
        """Draw a subject's mark, in its colour and its shape; a hollow one stands for an emulator."""
        style = f"mark s{subject % _COLOURS}{' hollow' if hollow else ''}"
        place = f"translate({_px(x)},{_px(y)})"
        self._add("path", d=_SHAPES[subject % len(_SHAPES)], transform=place, **{"class": style})

    def whisker(self, ends: tuple[float, float], y: float, subject: int) -> None:
        """Draw an interval with a stop at each end."""
        style = f"whisker s{subject % _COLOURS}"
        self.line((ends[0], y), (ends[1], y), style)
        for x in ends:
            self.line((x, y - 5), (x, y + 5), style)

    def axis_below(self, scale: Scale, y: float, top: float, name: Callable[[float], str]) -> None:
        """Draw the axis along the lower edge, with a grid line up to ``top`` at each tick."""
        self.line((scale.start_px, y), (scale.end_px, y), "axis")
        for tick in scale.ticks:
            x = scale(tick)
            self.line((x, top), (x, y), "grid")
            self.text(x, y + 15, name(tick), "middle quiet")

    def axis_left(self, scale: Scale, x: float, right: float, name: Callable[[float], str]) -> None:
        """Draw the axis along the left edge, with a grid line up to ``right`` at each tick."""
        for tick in scale.ticks:
            y = scale(tick)
            self.line((x, y), (right, y), "grid")
            self.text(x - 6, y + 4, name(tick), "end quiet")

    def markup(self) -> Markup:
        """Give the picture for a page; its texts are escaped."""
        return Markup(ElementTree.tostring(self._svg, encoding="unicode"))  # noqa: S704 - ElementTree escapes

    def _add(self, tag: str, *, text: str | None = None, **attributes: str) -> None:
        ElementTree.SubElement(self._svg, tag, attributes).text = text


def _px(value: float) -> str:
    return f"{value:.1f}"


def _step(least: float) -> float:
    """Give the smallest of 1, 2 and 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= least * (1 - 1e-9))
