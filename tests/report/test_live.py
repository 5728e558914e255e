"""What is shown while a measurement runs."""

import io
import itertools
from collections.abc import Callable
from contextlib import suppress

import pytest
from made_results import PASSWORD, make_blocks
from rich.console import Console

from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.latency import LatencyTurn
from bench.metrics.registry import catalogue
from bench.metrics.wakeup import WakeupTurn
from bench.records.turns import Block, HistogramRecord
from bench.report.live import LiveProgress, PlainProgress, progress
from bench.report.live_figures import RunningFigures
from bench.report.live_time import RunTime
from brokers.errors import BrokerUnavailable


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def console() -> Console:
    return Console(width=80, file=io.StringIO(), force_terminal=False)


def lines(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def enqueue_block(number: int, *, warmup: bool = False, **samples_ns: int) -> Block:
    turns = [
        EnqueueTurn(subject=label, warmup_ns=[], samples_ns=[sample_ns] * 3) for label, sample_ns in samples_ns.items()
    ]
    return Block(number=number, metric="enqueue", warmup=warmup, turns=turns)


def latency_block(load: float, response_ns: int) -> Block:
    seen = HistogramRecord(values_ns=[response_ns, 10 * response_ns], counts=[9, 1])
    turn = LatencyTurn(
        subject="redis",
        rate_per_s=100,
        warmup_tasks=0,
        sent=10,
        sending_ns=10**8,
        start=seen,
        response=seen,
        service=seen,
        schedule_lag=seen,
        generator_lag=seen,
        backlog_per_s=(0, 0, 0),
    )
    return Block(number=0, metric="latency", at={"load": load}, warmup=False, turns=[turn])


def wakeup_block() -> Block:
    turn = WakeupTurn(subject="redis", start_ns=2_000_000)
    return Block(number=0, metric="wakeup", at={"idle_s": 5}, warmup=False, turns=[turn])


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def live_frame(watcher: LiveProgress, console: Console) -> str:
    with console.capture() as capture:
        console.print(watcher._render())
    return capture.get()


def test_a_terminal_is_drawn_on_and_a_log_gets_lines(console: Console) -> None:
    assert isinstance(progress(Console(file=Screen(), force_terminal=True)), LiveProgress)
    assert isinstance(progress(Console(file=io.StringIO(), force_terminal=True)), PlainProgress)
    assert isinstance(progress(Console(file=Screen(), force_terminal=True, _environ={"TERM": "dumb"})), PlainProgress)
    assert isinstance(progress(console), PlainProgress)


def test_a_log_gets_a_line_for_each_state_and_each_failure(console: Console) -> None:
    with PlainProgress(console) as watcher:
        watcher.state("booting rabbitmq, redis")
        watcher.turn("redis", "enqueue", 0)
        watcher.failed("sqs", f"cannot reach http://key:{PASSWORD}@host: start it\nmore")
    assert lines(console) == ["booting rabbitmq, redis", "sqs failed: cannot reach http://***@host: start it"]


def test_a_log_gets_at_most_one_line_of_figures_in_ten_seconds(console: Console) -> None:
    clock = Clock()
    watcher = PlainProgress(console, run_time=RunTime(clock_s=clock))
    for number in range(250):
        clock.now_s = number / 10
        watcher.block(enqueue_block(number, redis=412_000, rabbitmq=333_000), 80)
    assert lines(console) == [
        "enqueue, block 100, about 1 min 20 s left: redis 412 us, rabbitmq 333 us",
        "enqueue, block 200, about 1 min 20 s left: redis 412 us, rabbitmq 333 us",
    ]


def test_the_live_table_shows_whose_turn_it_is_and_the_time_left() -> None:
    console, clock = Console(width=80, file=io.StringIO(), force_terminal=True), Clock()
    watcher = LiveProgress(console, ["redis", "rabbitmq"], RunTime(budget_s=80, clock_s=clock))
    watcher.block(enqueue_block(6, rabbitmq=333_000, redis=412_000), 80)
    watcher.turn("redis", "enqueue", 7)
    clock.now_s = 10
    frame = live_frame(watcher, console)
    assert "enqueue, block 7: redis's turn" in frame
    assert "1 min 10 s left" in frame
    assert frame.index("412 us") < frame.index("333 us")


def test_the_live_table_says_why_a_subject_is_gone() -> None:
    console = Console(width=80, file=io.StringIO(), force_terminal=True)
    watcher = LiveProgress(console)
    watcher.state("starting producers and workers")
    watcher.failed("sqs", "no answer\nmore")
    frame = live_frame(watcher, console)
    assert "starting producers and workers" in frame
    assert "failed: no answer" in frame


def test_the_live_table_is_gone_at_the_end() -> None:
    file = io.StringIO()
    with LiveProgress(Console(width=80, file=file, force_terminal=True)) as watcher:
        for block in make_blocks(blocks=9, drains=1):
            watcher.block(block, 5)
    assert file.getvalue().endswith("\x1b[2K")


def test_a_console_without_unicode_gets_ascii() -> None:
    raw = io.BytesIO()
    watcher = PlainProgress(
        Console(file=io.TextIOWrapper(raw, encoding="ascii", write_through=True)), run_time=RunTime(clock_s=_steps())
    )
    watcher.failed("r\u00e9dis", "\u2013")
    watcher.block(enqueue_block(0, redis=1), 0)
    assert raw.getvalue().isascii()


def test_warmup_is_in_no_running_figure() -> None:
    figures = RunningFigures(["redis"])
    figures.add(enqueue_block(0, warmup=True, redis=9_000_000))
    figures.add(enqueue_block(1, redis=412_000))
    assert figures.sentence("enqueue") == "redis 412 us"


def test_running_figures_have_a_column_for_each_metric_that_was_measured() -> None:
    figures = RunningFigures(["redis"])
    assert figures.columns(3) == []
    for block in make_blocks(blocks=20, drains=5):
        figures.add(block)
    assert [column.head for column in figures.columns(3)] == ["enqueue", "throughput"]
    assert [column.head for column in figures.columns(1)] == ["enqueue"]  # the last one measured
    assert figures.sentence("throughput").count("/s") == 3


def test_a_latency_is_told_of_the_place_that_was_measured_last() -> None:
    figures = RunningFigures()
    for response_ns, load in ((2_000_000, 0.25), (3_000_000, 0.5), (3_200_000, 0.5)):
        figures.add(latency_block(load, response_ns))
    assert [column.head for column in figures.columns(3)] == ["latency at 50 %"]
    assert figures.sentence("latency") == "redis 3.1 ms"
    figures.add(latency_block(0.25, 2_100_000))
    assert [column.head for column in figures.columns(3)] == ["latency at 25 %"]
    assert figures.sentence("latency") == "redis 2.05 ms"


def test_other_metrics_have_no_running_figure() -> None:
    figures = RunningFigures()
    figures.add(wakeup_block())
    assert figures.columns(3) == []


def test_ceilings_are_in_no_running_figure() -> None:
    figures = RunningFigures()
    for layer, sample_ns in (("celery", 400_000), ("raw", 100_000)):
        turn = EnqueueTurn(subject="redis", layer=layer, warmup_ns=[], samples_ns=[sample_ns])
        figures.add(Block(number=0, metric="enqueue", warmup=False, turns=[turn]))
    assert figures.sentence("enqueue") == "redis 400 us"


def test_a_log_tells_the_place_and_figures_only_of_metrics_that_have_them(console: Console) -> None:
    watcher = PlainProgress(console, run_time=RunTime(clock_s=_steps()))
    watcher.block(latency_block(0.5, 3_000_000), 80)
    watcher.block(wakeup_block(), 80)
    assert lines(console) == [
        "latency at 50 %, block 0, about 1 min 20 s left: redis 3 ms",
        "wakeup idle 5 s, block 0, about 1 min 20 s left",
    ]


def test_a_log_has_no_figures_of_a_warmup(console: Console) -> None:
    watcher = PlainProgress(console, run_time=RunTime(clock_s=_steps()))
    watcher.block(enqueue_block(0, warmup=True, redis=412_000), 80)
    assert lines(console) == ["warming up enqueue, block 0, about 1 min 20 s left"]


@pytest.mark.parametrize(("width", "heads"), [(80, ["enqueue", "latency at 50 %"]), (40, ["latency at 50 %"])])
def test_every_metric_fits_a_terminal(width: int, heads: list[str]) -> None:
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=None)
    watcher = LiveProgress(console, ["rabbitmq:durable"], RunTime(budget_s=165, may_end_early=True))
    for metric in catalogue():
        watcher.block(Block(number=0, metric=metric, warmup=False, turns=[]), 9)
    watcher.block(enqueue_block(0, **{"rabbitmq:durable": 1_000_000}), 9)
    watcher.block(latency_block(0.5, 3_000_000), 9)
    watcher.failed("an-unusually-long-name-of-a-subject", "no answer " * 20)
    frame = live_frame(watcher, console).splitlines()
    assert all(head in frame[2] for head in heads)
    assert max(map(len, frame)) < width
    assert [line.split(" ")[0] for line in frame[3:6]] == [
        "rabbitmq:durable",
        "redis",
        "\N{HORIZONTAL ELLIPSIS}me-of-a-subject",
    ]


def test_a_server_is_shown_while_it_boots_and_when_it_is_up() -> None:
    console, clock = Console(width=80, file=io.StringIO(), force_terminal=True), Clock()
    watcher = LiveProgress(console, ["redis", "rabbitmq"], RunTime(budget_s=55, clock_s=clock))
    for label in ("redis", "rabbitmq"):
        watcher.boots(label)
    clock.now_s = 0.4
    watcher.up("redis")
    clock.now_s = 3
    assert live_frame(watcher, console).splitlines()[2:] == [
        "redis     server up after 0.4 s",
        "rabbitmq  server boots, 3 s",
    ]
    watcher.turn("redis", "enqueue", 0)
    watcher.block(latency_block(0.5, 3_000_000).model_copy(update={"metric": "capacity"}), 9)
    assert live_frame(watcher, console).splitlines()[2:] == ["redis     tried 100 /s", "rabbitmq  warming up"]


def test_intervals_are_bars_on_one_scale() -> None:
    console = Console(width=40, file=io.StringIO(), force_terminal=True)
    watcher = LiveProgress(console, ["redis", "sqs"])
    for number in range(20):
        watcher.block(enqueue_block(number, redis=100_000 + number, sqs=1_000_000 + 100_000 * number), 9)
    *_, redis, sqs, legend = live_frame(watcher, console).splitlines()
    assert redis.index("\N{BLACK CIRCLE}") < sqs.index("\N{BOX DRAWINGS LIGHT VERTICAL AND RIGHT}")
    assert sqs.index("\N{BLACK CIRCLE}") < sqs.index("\N{BOX DRAWINGS LIGHT VERTICAL AND LEFT}")
    assert "95 % intervals" in legend


def test_a_terminal_without_unicode_gets_bars_of_ascii() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    console = Console(width=80, file=file, force_terminal=True)
    watcher = LiveProgress(console, ["r\u00e9dis"], RunTime(budget_s=55))
    for number in range(9):
        watcher.block(enqueue_block(number, redis=100_000 + number), 9)
    console.print(watcher._render())
    assert raw.getvalue().isascii()
    assert b"o" in raw.getvalue().splitlines()[-2]


def test_running_figures_take_bounded_memory() -> None:
    figures = RunningFigures()
    for number in range(2000):
        figures.add(enqueue_block(number, redis=number))
    assert figures.sentence("enqueue") == "redis 1.9 us"  # the median of 1,800 to 1,999


def _steps() -> Callable[[], float]:
    return map(float, itertools.count(0, 20)).__next__


@pytest.mark.parametrize(
    ("error", "printed"), [(BrokerUnavailable("no answer"), []), (None, ["sqs failed: no answer"])]
)
def test_a_failure_is_not_printed_where_the_error_that_ends_the_run_has_it(
    error: Exception | None, printed: list[str], console: Console
) -> None:
    with suppress(BrokerUnavailable), PlainProgress(console) as watcher:
        watcher.failed("sqs", "no answer\nmore")
        if error:
            raise error
    assert lines(console) == printed
