"""What a person sees while a matrix runs."""

import io
from collections.abc import Callable

from matrices import make_attempt, make_cell, not_run
from rich.console import Console

from bench.report.guarantees.live import LiveWatcher, PlainWatcher, watching


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def frame(watcher: LiveWatcher, console: Console) -> str:
    with console.capture() as captured:
        console.print(watcher._live.get_renderable())
    return captured.get()


def plain() -> tuple[PlainWatcher, Callable[[], list[str]]]:
    file = io.StringIO()
    return PlainWatcher(Console(file=file, width=80)), lambda: file.getvalue().splitlines()


def test_a_log_has_a_line_for_each_state_and_each_cell_that_ended() -> None:
    watcher, lines = plain()
    with watcher:
        watcher.state("booting redis")
        watcher.began("redis", "worker-killed-late")
        watcher.ended(make_cell("redis", "worker-killed-late"), 1, 3)
        watcher.ended(make_cell("redis", "shutdown-cold", make_attempt("broken", lost=[1, 2])), 2, 3)
        watcher.ended(not_run("redis", "out-of-memory", "no control groups: run as root\nmore"), 3, 3)
    assert lines() == [
        "booting redis",
        "1 of 3: redis, worker-killed-late: kept, back 6 s",
        "2 of 3: redis, shutdown-cold: broken, lost 2/9",
        "3 of 3: redis, out-of-memory: not run: no control groups: run as root",
    ]


def test_a_terminal_shows_what_is_played_and_for_how_long() -> None:
    console, clock = Console(width=80, file=io.StringIO(), force_terminal=True), Clock()
    watcher = LiveWatcher(console, clock_s=clock)
    watcher.state("booting redis")
    assert frame(watcher, console).startswith("booting redis")
    watcher.began("redis", "worker-killed-late")
    assert frame(watcher, console).startswith("running")
    clock.now_s = 12
    watcher.began("rabbitmq:durable", "shutdown-cold")
    watcher.ended(make_cell("redis", "child-killed-late"), 1, 3)
    watcher.ended(make_cell("redis", "shutdown-cold", make_attempt("shown")), 2, 3)
    lines = frame(watcher, console).splitlines()
    assert lines[0].strip() == "2 of 3 cells in 12 s: 1 kept, 1 shown"
    assert lines[1].split() == ["redis", "worker-killed-late", "12", "s"]
    assert lines[2].split() == ["rabbitmq:durable", "shutdown-cold", "0", "s"]


def test_a_broken_cell_is_said_at_once_and_its_line_stays() -> None:
    file = io.StringIO()
    with LiveWatcher(Console(width=80, file=file, force_terminal=True)) as watcher:
        watcher.began("redis", "shutdown-cold")
        watcher.ended(make_cell("redis", "shutdown-cold", make_attempt("broken", lost=[1])), 1, 2)
        watcher.ended(make_cell("redis", "worker-killed-late"), 2, 2)
    assert "redis, shutdown-cold: broken, lost 1/9" in file.getvalue()
    assert "worker-killed-late: kept" not in file.getvalue()
    assert file.getvalue().endswith("\x1b[2K")


def test_a_console_that_is_no_terminal_gets_lines() -> None:
    assert isinstance(watching(Console(file=io.StringIO())), PlainWatcher)
    assert isinstance(watching(Console(file=Screen(), force_terminal=True)), LiveWatcher)
    assert isinstance(watching(Console(file=io.StringIO(), force_terminal=True)), PlainWatcher)
    assert isinstance(watching(Console(file=Screen(), force_terminal=True, _environ={"TERM": "dumb"})), PlainWatcher)
