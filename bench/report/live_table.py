"""The table of running figures on a terminal: a line for each subject, with its intervals as bars."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.metrics.registry import find_metric
from bench.report.live_bars import Scale
from bench.report.live_figures import RunningColumn, RunningFigures
from bench.text.cleaning import clean

__all__ = ["LiveTable"]

_LONGEST_NAME = 16
_FIGURE = 9  # characters of a figure: 12,345 /s
_GAP = 2  # between columns
_LEAST_BAR, _LONGEST_BAR = 9, 30
_MOST_COLUMNS = 3
_LEGEND = "bars: 95 % intervals so far, log scale"


@dataclass(frozen=True)
class LiveTable:
    """The running figures as lines of at most ``width`` characters; fewer metrics where there is less room.

    ``preparing`` is what each subject is doing until there are figures.
    """

    figures: RunningFigures
    preparing: Mapping[str, str]
    width: int
    ascii_only: bool

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield each line with its style."""
        labels = self.figures.labels
        name = min(_LONGEST_NAME, max(map(len, map(clean, labels)), default=0))
        room, around = self.width - name, _FIGURE + 2 * _GAP
        columns = self.figures.columns(max(1, min(_MOST_COLUMNS, room // (around + _LEAST_BAR))))
        bar = min(_LONGEST_BAR, room // max(1, len(columns)) - around)
        if columns:
            heads = (f"{column.head:<{_FIGURE + _GAP + max(0, bar)}}" for column in columns)
            yield _joined(" " * name, *heads), "bold"
        scales = [self._scale(column, bar) for column in columns]
        for label in labels:
            yield _joined(f"{self._named(label, name):<{name}}", *self._cells(label, columns, scales)), ""
        if any(scales):
            yield _LEGEND, "dim"

    def _named(self, label: str, width: int) -> str:
        """Return a label in at most ``width`` characters: the end of a longer one, which tells settings apart."""
        text, cut = clean(label), "~" if self.ascii_only else "\N{HORIZONTAL ELLIPSIS}"
        return text if len(text) <= width else f"{cut}{text[len(text) - width + 1 :]}"

    def _scale(self, column: RunningColumn, width: int) -> Scale | None:
        """Return the scale of a column's bars; None without room or figures."""
        figures = column.figures.values()
        return Scale.over(figures, width, ascii_only=self.ascii_only) if figures and width >= _LEAST_BAR else None

    def _cells(self, label: str, columns: list[RunningColumn], scales: list[Scale | None]) -> Iterator[str]:
        """Yield a figure and a bar for each column, or instead why there are none."""
        if reason := self.figures.reason(label):
            yield f"failed: {reason}"
            return
        if not columns:
            yield self.preparing.get(label, "")
        for column, scale in zip(columns, scales, strict=True):
            figure = column.figures.get(label)
            bar = scale.bar(figure) if scale and figure else " " * (scale.width if scale else 0)
            text = find_metric(column.metric).text(figure.value if figure else None)
            yield f"{text:>{_FIGURE}}{' ' * _GAP}{bar}"


def _joined(*cells: str) -> str:
    return (" " * _GAP).join(cells).rstrip()
