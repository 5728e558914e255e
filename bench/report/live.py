"""Shows progress while measuring: live on a terminal, otherwise a line now and then.

The harness shares its core with the servers, so a turn is only recorded, and the screen is redrawn at most twice a
second.
"""

import time
from collections.abc import Callable, Iterable
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from bench.metrics.registry import find_metric
from bench.records.turns import Block
from bench.report.live_figures import RunningFigures
from bench.report.screens import redraws
from bench.text.cleaning import clean, first_line, terminal_text
from bench.text.numbers import time_left
from bench.text.places import place_name
from brokers.errors import BrokerUnavailable

__all__ = ["LiveProgress", "PlainProgress", "progress"]

_REFRESH_PER_S = 2
_QUIET_S = 10.0


class LiveProgress:
    """Show a small table that is redrawn in place and disappears at the end."""

    def __init__(
        self, console: Console, labels: Iterable[str] = (), *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._figures = RunningFigures(labels)
        self._clock_s = clock_s
        self._console = console
        self._now = "starting"
        self._turn: tuple[str, str, int] | None = None
        self._end_s: float | None = None
        self._live = Live(
            console=console, get_renderable=self._render, refresh_per_second=_REFRESH_PER_S, transient=True
        )

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def state(self, text: str) -> None:
        """Show what is happening now, outside turns."""
        self._now, self._turn = clean(text), None

    def turn(self, label: str, metric: str, number: int) -> None:
        """Record whose turn it is, without drawing."""
        self._turn = (label, metric, number)

    def block(self, block: Block, left_s: float) -> None:
        """Add a block's figures."""
        self._figures.add(block)
        self._end_s = self._clock_s() + left_s

    def failed(self, label: str, reason: str) -> None:
        """Show why a subject is no longer measured."""
        self._figures.fail(label, first_line(reason))

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="bold")
        for cells in self._figures.table():
            table.add_row(*(terminal_text(cell, self._console) for cell in cells))
        return Group(terminal_text(self._headline(), self._console), table)

    def _headline(self) -> str:
        if self._turn is None:
            return self._now
        label, metric, number = self._turn
        left = "" if self._end_s is None else f", about {time_left(self._end_s - self._clock_s())} left"
        return f"{metric}, block {number}: {clean(label)}'s turn{left}"


class PlainProgress:
    """Print lines for a log: one for each state and failure, and the figures at most every ten seconds.

    A failure is printed before what comes next; if that is the end because nothing is left to measure, the error itself
    has every reason.
    """

    def __init__(
        self, console: Console, labels: Iterable[str] = (), *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._figures = RunningFigures(labels)
        self._clock_s = clock_s
        self._quiet_until_s = clock_s() + _QUIET_S
        self._failures: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if not isinstance(error, BrokerUnavailable):
            self._print_failures()

    def state(self, text: str) -> None:
        """Print what is happening now."""
        self._print_failures()
        self._print(clean(text))

    def turn(self, label: str, metric: str, number: int) -> None:
        """Print nothing about it: there are too many turns."""
        self._print_failures()

    def block(self, block: Block, left_s: float) -> None:
        """Add a block's figures, and print those of its metric unless figures were printed recently."""
        self._print_failures()
        self._figures.add(block)
        if self._clock_s() < self._quiet_until_s:
            return
        self._quiet_until_s = self._clock_s() + _QUIET_S
        figures = self._figures.sentence(block.metric) if find_metric(block.metric).words.live else ""
        what = " ".join(filter(None, (block.metric, place_name(block.at))))
        self._print(f"{what}, block {block.number}, about {time_left(left_s)} left{': ' if figures else ''}{figures}")

    def failed(self, label: str, reason: str) -> None:
        """Keep why a subject is no longer measured, to print it before what comes next."""
        self._figures.fail(label, first_line(reason))
        self._failures.append(f"{clean(label)} failed: {first_line(reason)}")

    def _print_failures(self) -> None:
        while self._failures:
            self._print(self._failures.pop(0))

    def _print(self, text: str) -> None:
        self._console.print(terminal_text(text, self._console), soft_wrap=True)


def progress(console: Console, labels: Iterable[str] = ()) -> LiveProgress | PlainProgress:
    """Return the progress that suits the console; it shows subjects in the order of ``labels``, then as they appear."""
    return LiveProgress(console, labels) if redraws(console) else PlainProgress(console, labels)
