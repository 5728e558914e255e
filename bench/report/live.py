"""Shows progress while measuring: live on a terminal, otherwise a line now and then.

The harness shares its core with the servers, so a turn is only recorded, and the screen is redrawn at most twice a
second.
"""

from collections.abc import Iterable
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live

from bench.metrics.registry import find_metric
from bench.records.turns import Block
from bench.report.live_figures import RunningFigures
from bench.report.live_table import LiveTable
from bench.report.live_time import RunTime
from bench.report.screens import redraws
from bench.text.cleaning import clean, first_line, terminal_text
from bench.text.numbers import time_left
from bench.text.places import place_name
from brokers.errors import BrokerUnavailable

__all__ = ["LiveProgress", "PlainProgress", "progress"]

_REFRESH_PER_S = 2
_QUIET_S = 10.0


class LiveProgress:
    """Show what is being measured, the time left, and a table of running figures, redrawn in place until the end."""

    def __init__(self, console: Console, labels: Iterable[str] = (), run_time: RunTime | None = None) -> None:
        self._console = console
        self._time = run_time or RunTime()
        self._figures = RunningFigures(labels)
        self._servers: dict[str, tuple[float, float | None]] = {}
        self._now = "starting"
        self._turn: tuple[str, str, int] | None = None
        self._tried: dict[str, str] = {}
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

    def boots(self, label: str) -> None:
        """Show that a subject's server boots, and for how long."""
        self._servers[label] = self._time.clock_s(), None

    def up(self, label: str) -> None:
        """Show how long a subject's server took to boot."""
        began_s, _ = self._servers[label]
        self._servers[label] = began_s, self._time.clock_s()

    def turn(self, label: str, metric: str, number: int) -> None:
        """Record whose turn it is, without drawing."""
        self._turn = (label, metric, number)

    def block(self, block: Block, left_s: float) -> None:
        """Add a block's figures, or what it tried."""
        self._figures.add(block)
        if trying := find_metric(block.metric).words.trying:
            self._tried.update({turn.subject: trying(turn) for turn in block.turns})

    def failed(self, label: str, reason: str) -> None:
        """Show why a subject is no longer measured."""
        self._figures.fail(label, first_line(reason))

    def _render(self) -> RenderableType:
        ascii_only, width = self._console.options.ascii_only, self._console.width - 1
        lines = [terminal_text(self._headline(), self._console)]
        if self._time.is_known:
            lines.append(terminal_text(self._time.bar(width, ascii_only=ascii_only), self._console))
        table = LiveTable(self._figures, self._preparing(), width, ascii_only)
        lines += [terminal_text(line, self._console, style) for line, style in table.lines()]
        for line in lines:
            line.truncate(width)
            line.no_wrap = True
        return Group(*lines)

    def _headline(self) -> str:
        if self._turn is None:
            return self._now
        label, metric, number = self._turn
        return f"{metric}, block {number}: {clean(label)}'s turn"

    def _preparing(self) -> dict[str, str]:
        """Return what each subject is doing while there are no figures, by its label."""
        if self._turn:
            return {label: self._tried.get(label, "warming up") for label in self._servers}
        now_s = self._time.clock_s()
        return {
            label: f"server boots, {now_s - began_s:.0f} s"
            if up_s is None
            else f"server up after {up_s - began_s:.1f} s"
            for label, (began_s, up_s) in list(self._servers.items())
        }


class PlainProgress:
    """Print lines for a log: one for each state and failure, and the figures at most every ten seconds.

    A failure is printed before what comes next; if that is the end because nothing is left to measure, the error itself
    has every reason.
    """

    def __init__(self, console: Console, labels: Iterable[str] = (), run_time: RunTime | None = None) -> None:
        self._console = console
        self._figures = RunningFigures(labels)
        self._clock_s = (run_time or RunTime()).clock_s
        self._quiet_until_s = self._clock_s() + _QUIET_S
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

    def boots(self, label: str) -> None:
        """Print nothing about it: the state names all servers that boot."""

    def up(self, label: str) -> None:
        """Print nothing about it: the next state follows when all servers are up."""

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
        has_figures = find_metric(block.metric).words.live and not block.warmup
        figures = self._figures.sentence(block.metric) if has_figures else ""
        warming = "warming up " if block.warmup else ""
        what = " ".join(filter(None, (block.metric, place_name(block.at))))
        self._print(
            f"{warming}{what}, block {block.number}, about {time_left(left_s)} left{': ' if figures else ''}{figures}"
        )

    def failed(self, label: str, reason: str) -> None:
        """Keep why a subject is no longer measured, to print it before what comes next."""
        self._figures.fail(label, first_line(reason))
        self._failures.append(f"{clean(label)} failed: {first_line(reason)}")

    def _print_failures(self) -> None:
        while self._failures:
            self._print(self._failures.pop(0))

    def _print(self, text: str) -> None:
        self._console.print(terminal_text(text, self._console), soft_wrap=True)


def progress(
    console: Console, labels: Iterable[str] = (), run_time: RunTime | None = None
) -> LiveProgress | PlainProgress:
    """Return the progress that suits the console; it shows subjects in the order of ``labels``, then as they appear."""
    return LiveProgress(console, labels, run_time) if redraws(console) else PlainProgress(console, labels, run_time)
