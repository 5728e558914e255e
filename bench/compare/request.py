"""What is to be compared: as it was asked for, or else what there is time for."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.engine.plan import LIMIT_NS, Plan, Point
from bench.metrics.registry import catalogue, find_metric
from bench.processes.platform import pools
from bench.processes.subject import Subject
from bench.records.margin import DEFAULT_MARGIN
from bench.records.selfcheck import SelfCheck
from bench.records.workload import Workload
from brokers.errors import UsageError
from brokers.selection import refuse_overrides

__all__ = ["Comparison", "chosen_metrics", "with_ceilings"]

_LONG_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is to be compared, and for how long.

    Ratios within the relative ``margin`` count as equal. ``rates_per_s`` are those of ``latency``: without any, shares
    of each subject's capacity, whose p99 keeps under ``limit_ns``. ``ceilings`` says whether the raw client, kombu
    alone and Celery on ``memory`` are measured, too. ``selfcheck`` is what the report tells of this machine.
    ``sides`` says that the subjects are two sides of one, compared whatever their tiers. ``started_s`` is the monotonic
    clock when the user asked.
    """

    subjects: list[Subject]
    workload: Workload
    metrics: list[str]
    budget_s: float
    seed: int
    margin: float = DEFAULT_MARGIN
    rates_per_s: tuple[float, ...] = ()
    limit_ns: int = LIMIT_NS
    ceilings: bool = False
    selfcheck: SelfCheck | None = None
    sides: bool = False
    started_s: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Raise UsageError when it cannot be measured as asked."""
        refuse_overrides()
        if self.rates_per_s and "latency" not in self.metrics:
            raise UsageError("--rate is of latency, which is not measured: add --metric latency")
        if self.ceilings and not any(find_metric(name).ceiled for name in self.metrics):
            ceiled = " and ".join(metric.name for metric in catalogue().values() if metric.ceiled)
            raise UsageError(f"ceilings are of {ceiled}: add one of these metrics, or leave --ceilings out")
        for _, workload in self.workload.points():
            if workload.pool not in pools():
                raise UsageError(f"no pool {workload.pool!r} on this system: use {' or '.join(pools())}")

    def plan(self) -> Plan:
        """Return what is measured, at which points."""
        points = [Point(at, workload) for at, workload in self.workload.points()]
        return Plan(
            metrics=self.metrics,
            points=points,
            rates_per_s=self.rates_per_s,
            limit_ns=self.limit_ns,
            sides=self.sides,
        )


def chosen_metrics(asked: Sequence[str], workload: Workload, budget_s: float) -> list[str]:
    """Return what was asked for, else what the workload is for, else what the time is enough for."""
    is_long = budget_s >= _LONG_S
    usual = [one.name for one in catalogue().values() if not one.asked_only and (is_long or not one.long_runs_only)]
    return list(dict.fromkeys(asked)) or workload.metrics or usual


def with_ceilings(asked: bool | None, metrics: Sequence[str], workload: Workload, budget_s: float) -> bool:
    """Return whether ceilings are measured: as asked, else where everything is and there is time for it."""
    everything = not metrics and not workload.metrics and budget_s >= _LONG_S
    return everything if asked is None else asked
