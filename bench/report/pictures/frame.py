"""Shared by all pictures: how a picture is built, which figure it shows, and how it is named."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bench.metrics.registry import compared, find_metric
from bench.records.figures import Estimate, Row
from bench.records.turns import Place
from bench.report.pictures.scales import Scale
from bench.report.pictures.svg import WIDTH, Canvas, Drawing, shortened
from bench.report.sections import Line, Section
from bench.text.names import metric_words
from bench.text.numbers import Figure, duration_figure, rate, rate_figure
from bench.text.places import place_words
from bench.text.table import Table

__all__ = [
    "GUTTER",
    "LABEL_CHARACTERS",
    "LEFT",
    "LEGEND_ROW",
    "RIGHT",
    "Picture",
    "axis_name",
    "canvas_of",
    "capital",
    "caption_of",
    "drawn",
    "ends_of",
    "estimate_of",
    "figure_text",
    "folded_but_one",
    "legend",
    "namer",
    "rate_named",
    "void_note",
]

LEFT, GUTTER, RIGHT = 12, 64, WIDTH - 30
LABEL_CHARACTERS = 36
LEGEND_ROW = 20


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawing, its caption, how it was measured, and its data as a table; a folded one is hidden until opened.

    ``table`` is None if the page shows the data below the picture anyway. A broad one takes the page's whole width, and
    ``narrow`` is the same for a narrow page. One that ``leads`` shows what a sweep varies.
    """

    drawing: Drawing
    caption: str
    method: str
    table: Table | None
    folded: bool = False
    leads: bool = False
    narrow: Drawing | None = None


def folded_but_one(pictures: Sequence[Picture]) -> list[Picture]:
    """Return the pictures of several places, all but the middle one folded; the folded ones have one scale each."""
    middle = len(pictures) // 2
    return [
        one if place == middle else replace(one, folded=True, leads=False, drawing=replace(one.drawing, other=None))
        for place, one in enumerate(pictures)
    ]


def ends_of(estimates: Iterable[Estimate]) -> list[float]:
    """Return the values and the ends of the intervals that a scale must hold."""
    return [end for one in estimates for end in (one.value, one.low, one.high) if end is not None]


def drawn(line: Line) -> Row | None:
    """Return the row of a line, or None if its figures must not be drawn because they are void."""
    return line.row if line.measured and not line.void else None


def void_note(section: Section) -> str:
    """Return a sentence that void figures are not drawn, if there are any."""
    return " Void figures are not drawn." if any(line.void for line in section.lines) else ""


def estimate_of(row: Row) -> Estimate | None:
    """Return the figure of a row that is compared: the median, the mean of few samples, or tasks per second."""
    return compared(row)


def figure_text(estimate: Estimate | None, metric: str) -> Figure:
    """Return the figure that is compared as text, with its interval."""
    return rate_figure(estimate) if find_metric(metric).unit == "1/s" else duration_figure(estimate)


def namer(metric: str) -> Callable[[float], str]:
    """Return the function that labels the ticks of the metric's axis."""
    return lambda figure: find_metric(metric).text(figure) if figure else "0"


def rate_named(per_second: float) -> str:
    """Return the label of a tick on an axis of rates."""
    return rate(per_second) if per_second else "0"


def axis_name(what: str, scale: Scale) -> str:
    """Return the name of an axis, and whether it is logarithmic."""
    return f"{what} (logarithmic)" if scale.logarithmic else what


def capital(metric: str) -> str:
    """Return the metric's name as the start of a caption."""
    return metric_words(metric).capitalize()


def caption_of(metric: str, what: str, at: Place | None = None) -> str:
    """Return a caption: ``Latency: by percentile, at 50 % of its own capacity``."""
    where = place_words(at or {})
    return f"{capital(metric)}: {what}{', ' if where else ''}{where}"


def canvas_of(height: float, caption: str, section: Section, description: str) -> Canvas:
    """Return an empty picture of a section."""
    return Canvas(height, f"{caption}, {section.tier} tier", description)


def legend(canvas: Canvas, line: Line, y: float) -> None:
    """Draw a subject's line of the legend: its curve, its mark and its name."""
    with canvas.of(line.number):
        canvas.curve([(GUTTER, y - 4), (GUTTER + 40, y - 4)])
        canvas.mark(GUTTER + 20, y - 4, hollow=line.emulated)
        canvas.text(GUTTER + 50, y, shortened(line.name, LABEL_CHARACTERS))
