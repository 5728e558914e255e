"""Shows progress while faults run: live on a terminal, otherwise a line for each cell."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from bench.records.matrix import Cell
from bench.report.guarantees.terminal import STYLES
from bench.report.guarantees.words import MEANING, detail, sentence
from bench.report.screens import redraws
from bench.text.cleaning import clean, terminal_text
from bench.text.numbers import time_left

__all__ = ["LiveWatcher", "PlainWatcher", "watching"]

_REFRESH_PER_S = 2


class LiveWatcher:
    """Show the running cells, redrawn in place, until the end. Any thread may call it."""

    def __init__(self, console: Console, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock_s = clock_s
        self._began_s = clock_s()
        self._now = "starting"
        self._running: dict[tuple[str, str], float] = {}
        self._outcomes: Counter[str] = Counter()
        self._done, self._of = 0, 0
        self._lock = threading.Lock()
        self._live = Live(
            console=console, get_renderable=self._render, refresh_per_second=_REFRESH_PER_S, transient=True
        )

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def state(self, text: str) -> None:
        """Show what is happening besides the cells."""
        with self._lock:
            self._now = clean(text)

    def began(self, subject: str, fault: str) -> None:
        """Show that this cell is running."""
        with self._lock:
            self._now = "" if self._of else "running"
            self._running[subject, fault] = self._clock_s()

    def ended(self, cell: Cell, done: int, of: int) -> None:
        """Count a cell; if it is broken or was not run, also print it above the table."""
        with self._lock:
            self._running.pop((cell.subject, cell.fault), None)
            self._outcomes[cell.outcome] += 1
            self._now = ""
            self._done, self._of = done, of
        if cell.outcome in ("broken", "not run"):
            self._live.console.print(terminal_text(_line(cell), self._console, STYLES[cell.outcome]))

    def _render(self) -> RenderableType:
        with self._lock:
            table = Table.grid(padding=(0, 2))
            for (subject, fault), began_s in self._running.items():
                row = (clean(subject), clean(fault), time_left(self._clock_s() - began_s))
                table.add_row(*(terminal_text(text, self._console) for text in row))
            return Group(terminal_text(self._headline(), self._console), table)

    def _headline(self) -> str:
        if self._now or not self._of:
            return self._now
        outcomes = ", ".join(f"{self._outcomes[name]} {name}" for name in MEANING if self._outcomes[name])
        return f"{self._done} of {self._of} cells in {time_left(self._clock_s() - self._began_s)}: {outcomes}"


class PlainWatcher:
    """Print lines for a log: one for each state and each finished cell."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: the lines stay."""

    def state(self, text: str) -> None:
        """Print what is happening now."""
        self._print(clean(text))

    def began(self, subject: str, fault: str) -> None:
        """Print nothing: there are many cells, and several run at a time."""

    def ended(self, cell: Cell, done: int, of: int) -> None:
        """Print a cell's outcome."""
        self._print(f"{done} of {of}: {_line(cell)}")

    def _print(self, text: str) -> None:
        self._console.print(terminal_text(text, self._console), soft_wrap=True)


def _line(cell: Cell) -> str:
    text = sentence(cell) if cell.outcome == "not run" else ", ".join(filter(None, (cell.outcome, detail(cell))))
    return f"{clean(cell.subject)}, {clean(cell.fault)}: {text}"


def watching(console: Console) -> LiveWatcher | PlainWatcher:
    """Return the watcher that suits the console."""
    return LiveWatcher(console) if redraws(console) else PlainWatcher(console)
