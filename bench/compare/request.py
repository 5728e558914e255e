"""What to compare: what the user asked for, or else what there is time for."""

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
    """What to compare, and for how long.

    Ratios within the relative ``margin`` count as equal. ``rates_per_s`` are the rates of ``latency``: without any, it
    is measured at shares of each subject's capacity, whose p99 must not exceed ``limit_ns``. With ``ceilings`` the raw
    client, kombu alone and Celery on ``memory`` are measured, too. ``selfcheck`` is what the report shows about this
    machine. With ``sides`` the subjects are the two sides of a comparison, compared whatever their tiers; the metrics
    ``soon`` are then measured first, before the others are, too. It ``confirms`` an earlier run if it repeats a part of
    that. ``reserved_s`` of the budget are kept for such a run. A drain takes about ``drain_s``, if not a share of the
    budget. ``started_s`` is the monotonic time of the user's request.
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
    soon: Sequence[str] = ()
    confirms: bool = False
    reserved_s: float = 0.0
    drain_s: float | None = None
    started_s: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Raise UsageError if the request cannot be measured as it is."""
        workloads = [subject.workload or self.workload for subject in self.subjects]
        if not all(workload.is_users for workload in workloads):
            refuse_overrides()
        if self.rates_per_s and "latency" not in self.metrics:
            raise UsageError("--rate needs the metric latency: add --metric latency")
        if self.ceilings and not any(find_metric(name).ceiled for name in self.metrics):
            ceiled = " or ".join(metric.name for metric in catalogue().values() if metric.ceiled)
            raise UsageError(f"--ceilings needs the metric {ceiled}: add one, or leave --ceilings out")
        for workload in [point for one in workloads for _, point in one.points()]:
            if workload.pool not in pools():
                raise UsageError(f"the pool {workload.pool!r} does not work on this system: use {' or '.join(pools())}")

    def plan(self) -> Plan:
        """Return which metrics are measured at which points."""
        points = [Point(at, workload) for at, workload in self.workload.points()]
        return Plan(
            metrics=self.metrics,
            points=points,
            rates_per_s=self.rates_per_s,
            limit_ns=self.limit_ns,
            sides=self.sides,
            soon=self.soon,
        )


def chosen_metrics(asked: Sequence[str], workload: Workload, budget_s: float) -> list[str]:
    """Return the metrics that the user asked for, else the workload's own, else those that fit into the budget."""
    is_long = budget_s >= _LONG_S
    usual = [one.name for one in catalogue().values() if not one.asked_only and (is_long or not one.long_runs_only)]
    return list(dict.fromkeys(asked)) or workload.metrics or usual


def with_ceilings(asked: bool | None, metrics: Sequence[str], workload: Workload, budget_s: float) -> bool:
    """Return whether to measure ceilings: as asked, else if all metrics are measured and there is time."""
    everything = not metrics and not workload.metrics and budget_s >= _LONG_S
    return everything if asked is None else asked
