"""Subjects that take their turns by a clock which they move on themselves: a run of minutes takes no time."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.engine.observer import Silent
from bench.engine.plan import Plan, Point
from bench.engine.runner import Runner
from bench.engine.schedule import Schedule
from bench.engine.stage import Stage
from bench.metrics.cost_turn import CostTurn, Spent
from bench.metrics.latency import LatencyTurn
from bench.metrics.phase_meter import Phased
from bench.processes.drain import Drained, Paced
from bench.processes.errors import SubjectFailed
from bench.processes.events import Events
from bench.records.turns import Block, HistogramRecord, Key, Layer
from bench.records.workload import Workload
from bench.subject.recorder import FINISHED, STARTED

__all__ = [
    "SWEEP",
    "Clock",
    "FakeMetered",
    "FakeRunning",
    "Told",
    "cast_of",
    "made_latency",
    "made_pace",
    "make_stage",
    "run",
]

_ALL: tuple[str, ...] = ("enqueue", "throughput", "latency", "capacity", "wakeup", "first-publish")
_BOTH: list[str] = ["enqueue", "throughput"]
SWEEP = [Point({"concurrency": number}, Workload(name="own", concurrency=number)) for number in (1, 2, 3)]
_NEVER = 10**9


class Clock:
    """Stands in for the module ``time``: moves on when somebody sleeps or works, and never by itself."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def made_latency(
    subject: str,
    rate_per_s: float,
    *,
    tasks: int = 300,
    late: float = 0.0,
    achieved: float = 1.0,
    growth_per_s: tuple[float, float, float] = (0.0, -1.0, 1.0),
) -> LatencyTurn:
    """Make a turn in which this share of the tasks ended after a second, and all others after a millisecond."""
    slow = round(late * tasks)
    response = HistogramRecord.of([1_000_000_000] * slow + [1_000_000] * (tasks - slow))
    ones = HistogramRecord.of([1] * tasks)
    return LatencyTurn(
        subject=subject,
        rate_per_s=rate_per_s,
        warmup_tasks=0,
        sent=tasks,
        sending_ns=round(tasks / rate_per_s / achieved * 1e9),
        start=response,
        response=response,
        service=ones,
        schedule_lag=ones,
        generator_lag=ones,
        backlog_per_s=growth_per_s,
    )


def made_pace(rate_per_s: float, tasks: int, *, late: float = 0.0, achieved: float = 1.0) -> Paced:
    """Make tasks of which this share ended after a second, and all others after a millisecond.

    With ``achieved`` below 1, the last call began so late that only that share of the rate was sent.
    """
    interval_ns, numbers = round(1e9 / rate_per_s), np.arange(tasks)
    slow = numbers >= tasks - round(late * tasks)
    intended_ns = interval_ns * numbers
    ends_ns = intended_ns + np.where(slow, 1_000_000_000, 1_000_000)
    lags_ns = [0] * (tasks - 1) + [round(tasks * interval_ns * (1 / achieved - 1))]
    kinds = np.repeat([STARTED, FINISHED], tasks)
    events = Events(np.tile(numbers, 2), kinds, np.concatenate([ends_ns - 500, ends_ns]))
    return Paced(
        start_ns=0,
        interval_ns=interval_ns,
        lags_ns=lags_ns,
        calls_ns=[1] * tasks,
        generator_lags_ns=[1] * tasks,
        events=events,
    )


@dataclass
class FakeRunning:
    """Takes each turn in a time that is known, and fails at the turn that is given.

    ``lives`` is what was done with its processes, ``turns`` are the metrics of its turns in their order.
    """

    label: str
    clock: Clock
    layer: Layer = "celery"
    metrics: tuple[str, ...] = _ALL
    per_second: float = 1000.0
    turn_s: float = 0.1
    start_s: float = 1.0
    fails_at: int = _NEVER
    fails_where: Callable[[Workload], bool] = lambda workload: False
    prefetch_tasks: int = 4
    workload: Workload = field(default_factory=lambda: Workload(name="own"))
    lives: list[str] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    drained: list[int] = field(default_factory=list)
    rates_per_s: list[float] = field(default_factory=list)
    efforts: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.label, self.layer

    def use(self, workload: Workload) -> None:
        self.workload = workload

    def measures(self, metric: str) -> bool:
        return metric in self.metrics

    def relayed(self) -> None:
        """Return None: it is at no distance."""

    def begin_effort(self, metric: str) -> None:
        self.efforts.append(metric)

    def effort(self) -> None:
        """Return None: it has no processes."""

    message_bytes = None

    def start(self) -> None:
        self.lives.append("start")

    def wait_until_ready(self) -> None:
        self.clock.sleep(self.start_s)
        self.lives.append("ready")

    def end(self) -> None:
        self.lives.append("end")

    def call(self, command: str, calls: int) -> list[int]:
        if command == "thread":
            return [2_000_000] * calls
        is_first = calls == 1
        self._turn("first-publish" if is_first else "enqueue", self.turn_s)
        return [3_000_000 if is_first else 1_000] * calls

    def drain(self, tasks: int, limit_s: float | None = None) -> Drained:
        self._turn("throughput", tasks / self.per_second)
        self.drained.append(tasks)
        counted = tasks - self.prefetch_tasks
        duration_ns = round(counted / self.per_second * 1e9)
        return Drained(warmup_tasks=self.prefetch_tasks, tasks=counted, duration_ns=duration_ns, span_ns=duration_ns)

    def pace(self, tasks: int, rate_per_s: float) -> Paced:
        """Hold every rate up to ``per_second``."""
        self._turn("latency", tasks / min(rate_per_s, self.per_second))
        self.rates_per_s.append(rate_per_s)
        return made_pace(rate_per_s, tasks, late=float(rate_per_s > self.per_second))

    def wake(self) -> None:
        self.lives.append("wake")

    def send_one(self) -> Paced:
        self._turn("wakeup", self.turn_s)
        return made_pace(1e9, 1)

    def rest(self) -> None:
        self.lives.append("rest")

    def _turn(self, what: str, seconds: float) -> None:
        self.fails_at -= 1
        self.clock.sleep(seconds)
        if self.fails_at < 0 or self.fails_where(self.workload):
            raise SubjectFailed("the server is gone")
        self.turns.append(what)


@dataclass
class FakeMetered(FakeRunning):
    """Has turns of ``cost`` and ``phases``, and remembers what it was told to do."""

    metrics: tuple[str, ...] = ("cost", "phases")
    metered: list[tuple[int, float]] = field(default_factory=list)

    def meter(self, kind: type) -> "FakeMetered":
        return self

    def turn(self, label: str, tasks: int) -> CostTurn:
        self._turn("cost", tasks / self.per_second)
        self.metered.append((tasks, 0.0))
        return CostTurn(subject=label, tasks=tasks, enqueue=Spent(), drain=Spent())

    def run(self, tasks: int, rate_per_s: float) -> Phased:
        self._turn("phases", tasks / rate_per_s)
        self.metered.append((tasks, rate_per_s))
        return Phased({}, {})


class Told(Silent):
    """Keeps what an observer was told."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.failures: list[tuple[str, str]] = []

    def state(self, text: str) -> None:
        self.states.append(text)

    def failed(self, label: str, reason: str) -> None:
        self.failures.append((label, reason))


def cast_of(*cast: Any) -> dict[Key, Any]:
    """Name each of them as a stage does."""
    return {(running.label, running.layer): running for running in cast}


def make_stage(clock: Clock, *cast: Any, deadline_s: float = 1000.0, seed: int = 1) -> tuple[Stage, list[Block]]:
    """Return a stage where all of them are present, and the list into which it puts its blocks."""
    schedule = Schedule(deadline_s=deadline_s, rng=random.Random(seed), clock_s=clock.monotonic)
    blocks: list[Block] = []
    stage = Stage(cast_of(*cast), schedule, Told(), blocks.append, started_s=0.0)
    stage.present = list(stage.running)
    return stage, blocks


def run(
    clock: Clock,
    *cast: FakeRunning,
    metrics: list[str] = _BOTH,
    points: list[Point] | None = None,
    rates_per_s: tuple[float, ...] = (),
    deadline_s: float = 40,
    drain_s: float = 2.5,
) -> tuple[Runner, list[Block]]:
    """Run from the first start to the end, and return what was run and its blocks."""
    stage, blocks = make_stage(clock, *cast, deadline_s=deadline_s)
    plan = Plan(
        metrics=metrics, points=points or [Point({}, Workload(name="own"))], rates_per_s=rates_per_s, idle_s=(0.1, 2.0)
    )
    keys = {layer: [one.key for one in cast if one.layer == layer] for layer in ("celery", "raw", "metered")}
    runner = Runner(stage, plan, keys["celery"], keys["raw"], keys["metered"], drain_s)
    runner.start()
    runner.run()
    return runner, blocks
