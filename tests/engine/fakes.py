"""Subjects that take their turns by a clock which they move on themselves: a run of minutes takes no time."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.engine.errors import SubjectFailed
from bench.engine.observer import Silent
from bench.engine.plan import Plan, Point
from bench.engine.runner import Runner
from bench.engine.schedule import Schedule
from bench.engine.stage import Stage
from bench.records.turns import (
    Block,
    CostTurn,
    DrainTurn,
    EnqueueTurn,
    FirstPublishTurn,
    Histogram,
    Key,
    LatencyTurn,
    Layer,
    Metric,
    PhaseTurn,
    Spent,
    WakeupTurn,
)
from bench.records.workload import Workload

__all__ = ["SWEEP", "Clock", "FakeMetered", "FakeRunning", "Told", "cast_of", "made_latency", "make_stage", "run"]

_ALL: tuple[Metric, ...] = ("enqueue", "throughput", "latency", "capacity", "wakeup", "first-publish")
_BOTH: list[Metric] = ["enqueue", "throughput"]
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
    response = Histogram.of([1_000_000_000] * slow + [1_000_000] * (tasks - slow))
    ones = Histogram.of([1] * tasks)
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


@dataclass
class FakeRunning:
    """Takes each turn in a time that is known, and fails at the turn that is given.

    ``lives`` is what was done with its processes, ``turns`` are the metrics of its turns in their order.
    """

    label: str
    clock: Clock
    layer: Layer = "celery"
    metrics: tuple[Metric, ...] = _ALL
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

    @property
    def key(self) -> Key:
        return self.label, self.layer

    def use(self, workload: Workload) -> None:
        self.workload = workload

    def measures(self, metric: Metric) -> bool:
        return metric in self.metrics

    def start(self) -> None:
        self.lives.append("start")

    def wait_until_ready(self) -> None:
        self.clock.sleep(self.start_s)
        self.lives.append("ready")

    def end(self) -> None:
        self.lives.append("end")

    def enqueue(self) -> EnqueueTurn:
        self._turn("enqueue", self.turn_s)
        return EnqueueTurn(subject=self.label, layer=self.layer, warmup_ns=[9], samples_ns=[1, 2, 3])

    def drain(self, tasks: int) -> DrainTurn:
        self._turn("throughput", tasks / self.per_second)
        self.drained.append(tasks)
        counted = tasks - self.prefetch_tasks
        duration_ns = round(counted / self.per_second * 1e9)
        return DrainTurn(
            subject=self.label,
            layer=self.layer,
            warmup_tasks=self.prefetch_tasks,
            tasks=counted,
            duration_ns=duration_ns,
            span_ns=duration_ns,
        )

    def open_loop(self, rate_per_s: float, tasks: int) -> LatencyTurn:
        """Hold every rate up to ``per_second``."""
        self._turn("latency", tasks / min(rate_per_s, self.per_second))
        self.rates_per_s.append(rate_per_s)
        return made_latency(self.label, rate_per_s, tasks=tasks, late=float(rate_per_s > self.per_second))

    def first_publish(self) -> FirstPublishTurn:
        self._turn("first-publish", self.turn_s)
        return FirstPublishTurn(subject=self.label, process_ns=3_000_000, threads_ns=[2_000_000] * 5)

    def wake(self) -> None:
        self.lives.append("wake")

    def wakeup(self) -> WakeupTurn:
        self._turn("wakeup", self.turn_s)
        return WakeupTurn(subject=self.label, start_ns=5_000_000, call_ns=1_000_000)

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

    metrics: tuple[Metric, ...] = ("cost", "phases")
    metered: list[tuple[int, float]] = field(default_factory=list)

    def cost(self, tasks: int) -> CostTurn:
        self._turn("cost", tasks / self.per_second)
        self.metered.append((tasks, 0.0))
        return CostTurn(subject=self.label, tasks=tasks, enqueue=Spent(), drain=Spent())

    def phases(self, tasks: int, rate_per_s: float) -> PhaseTurn:
        self._turn("phases", tasks / rate_per_s)
        self.metered.append((tasks, rate_per_s))
        return PhaseTurn(subject=self.label, tasks=tasks, phases={})


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
    stage.present = list(stage.cast)
    return stage, blocks


def run(
    clock: Clock,
    *cast: FakeRunning,
    metrics: list[Metric] = _BOTH,
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
