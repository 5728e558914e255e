"""Takes turns as a run does, with sizes that a test chooses."""

from dataclasses import dataclass
from typing import Any

from bench.metrics.cost_meter import CostMeter
from bench.metrics.cost_turn import CostTurn
from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.first_publish import FirstPublishTurn
from bench.metrics.latency import LatencyTurn, latency_turn
from bench.metrics.metric import Order
from bench.metrics.pacing import Pacing, Patience
from bench.metrics.phase_meter import PhaseMeter, counted_tasks
from bench.metrics.phases import PhaseTurn
from bench.metrics.registry import find_metric
from bench.metrics.throughput import DrainTurn
from bench.metrics.wakeup import WakeupTurn
from bench.processes.running import Needs, Running
from bench.records.turns import Place

__all__ = ["cost", "drain", "enqueue", "first_publish", "meters", "needs", "open_loop", "phases", "take", "wakeup"]


@dataclass(frozen=True)
class Sizes:
    """Drains of that many tasks; nothing else is known about the speed of a subject."""

    tasks: int = 30
    sides: bool = False

    def drain_tasks(self, running: Running) -> int:
        return self.tasks

    def drain_limit_s(self, running: Running, *, warmup: bool) -> float | None:
        return None

    def drained(self, running: Running, tasks: int, duration_ns: int) -> None:
        pass

    def capacity_per_s(self, running: Running) -> float:
        return 50.0

    def slowest_per_s(self) -> float:
        return 50.0

    def pacing(self, running: Running, at: Place) -> Pacing:
        return Pacing(Patience())


def needs(*metrics: str) -> dict[str, Needs]:
    """Return which processes the metrics need."""
    return {name: find_metric(name).needs for name in metrics}


def meters(*metrics: str) -> dict[str, Any]:
    """Return which meters the metrics have."""
    return {name: find_metric(name).meter for name in metrics}


def take(running: Any, metric: str, tasks: int = 30) -> Any:
    return find_metric(metric).take(running, Order({}, False, Sizes(tasks)))


def enqueue(running: Any) -> EnqueueTurn:
    return take(running, "enqueue")


def drain(running: Any, tasks: int) -> DrainTurn:
    return take(running, "throughput", tasks)


def first_publish(running: Any) -> FirstPublishTurn:
    return take(running, "first-publish")


def wakeup(running: Any) -> WakeupTurn:
    return take(running, "wakeup")


def open_loop(running: Any, rate_per_s: float, tasks: int) -> LatencyTurn:
    return latency_turn(running, running.pace(tasks, rate_per_s), tasks)


def cost(running: Any, tasks: int) -> CostTurn:
    return running.meter(CostMeter).turn(running.label, tasks)


def phases(running: Any, tasks: int, rate_per_s: float) -> PhaseTurn:
    found = running.meter(PhaseMeter).run(tasks, rate_per_s)
    return PhaseTurn(
        subject=running.label, tasks=len(counted_tasks(0, tasks)), phases=found.phases, own_ns=found.own_ns
    )
