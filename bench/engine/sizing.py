"""Decides how many tasks a turn has and at which rate, from the drains and searches of each subject."""

from dataclasses import dataclass, field

from bench.engine.plan import Plan
from bench.engine.search import Searches, find_capacities
from bench.engine.stage import Stage, Take
from bench.metrics.metric import Order
from bench.metrics.pacing import Pacing, Patience
from bench.metrics.registry import find_metric
from bench.processes.running import Running
from bench.records.turns import Key, Place, Series
from bench.text.places import place_key

__all__ = ["Sizing"]

_FEWEST_PREFETCHES = 2  # worth of tasks in a drain, the first of which is its warm-up
_FIRST_SHARE = 0.7  # of a drain's rate: where the search for a capacity begins
_BELOW_FAILURE = 0.5  # of the lowest rate that failed: used if no capacity was found
_UNKNOWN_RATE_PER_S = 50.0
_FIRST_LIMIT_S, _WARMUP_LIMIT_S = 1.5, 0.5  # of drains in warm-ups; some workers ask for tasks once a second
_SHORTEST_LIMIT_S, _SLOW = 1.5, 4.0  # of other drains, as in warm-ups: times what the fastest subject needs


@dataclass
class Sizing:
    """Sizes turns. A drain takes about ``drain_s``; ``searches`` are the searches for capacities, by point.

    ``limit_s``, if set, limits each drain, however slow the worker is.
    """

    stage: Stage
    plan: Plan
    drain_s: float
    limit_s: float | None = None
    searches: dict[int, Searches] = field(default_factory=dict)
    _drain_tasks: dict[tuple[Key, int], int] = field(default_factory=dict)
    _drain_rates: dict[tuple[Key, int], float] = field(default_factory=dict)
    _settled: set[tuple[Key, int]] = field(default_factory=set)
    _pacings: dict[object, Pacing] = field(default_factory=dict)
    _patience: Patience = field(default_factory=Patience)

    def settle(self) -> None:
        """Fix the size of the drains of all present subjects at this point."""
        self._settled |= {(key, self.stage.point) for key in self.stage.present}

    def is_settled(self, key: Key) -> bool:
        """Return whether it was warmed up at this point already."""
        return (key, self.stage.point) in self._settled

    def taker(self, series: Series, *, warmup: bool = False) -> Take:
        """Return the function that takes a turn of the series."""
        metric, order = find_metric(series.metric), Order(series.at, warmup, self)
        return lambda running: metric.take(running, order)

    @property
    def sides(self) -> bool:
        """Whether the subjects are the two sides of a comparison."""
        return self.plan.sides

    def drain_tasks(self, running: Running) -> int:
        """Return how many tasks a drain has."""
        return self._drain_tasks.get(self._place(running), _fewest_tasks(running))

    def drain_limit_s(self, running: Running, *, warmup: bool) -> float | None:
        """Return how long a drain may take: some times what the fastest subject would need; None if not limited.

        So a slow side is cut off soon, and sides that are equally slow are not. A warm-up only tells how fast one is.
        """
        if self.limit_s is None:
            return None
        if warmup:
            return _WARMUP_LIMIT_S if self._place(running) in self._settled else _FIRST_LIMIT_S
        needed_s = self.drain_tasks(running) / max(self._rates_per_s(), default=_UNKNOWN_RATE_PER_S)
        return min(self.limit_s, max(_SHORTEST_LIMIT_S, _SLOW * needed_s))

    def drained(self, running: Running, tasks: int, duration_ns: int) -> None:
        """Record how fast a drain of a warm-up was; only the first warm-up at a point counts."""
        if self._place(running) not in self._settled:
            self._fit(running, tasks, duration_ns)

    def _fit(self, running: Running, tasks: int, duration_ns: int) -> None:
        """Size its drains to take ``drain_s`` at the rate of this one."""
        place = self._place(running)
        rate_per_s = self._drain_rates[place] = tasks / duration_ns * 1e9
        fitting = min(round(rate_per_s * self.drain_s), running.workload.tasks)
        self._drain_tasks[place] = max(_fewest_tasks(running), fitting)

    def capacity_per_s(self, running: Running) -> float:
        """Return the rate that loads are shares of: the capacity, or else half of the lowest rate that failed."""
        own: Key = running.label, "celery"
        drained = self._drain_rates.get((own, self.stage.point), _UNKNOWN_RATE_PER_S)
        search = self.searches.get(self.stage.point, {}).get(own)
        found = search.result if search else None
        if found is None:
            return drained
        return found.rate_per_s or _BELOW_FAILURE * (found.failed_above_per_s or drained)

    def slowest_per_s(self) -> float:
        """Return the rate at which the slowest subject drained in its warm-up."""
        return min(self._rates_per_s(), default=_UNKNOWN_RATE_PER_S)

    def _rates_per_s(self) -> list[float]:
        """Return the rates at which subjects drained in their warm-ups at this point."""
        return [rate for (_, point), rate in self._drain_rates.items() if point == self.stage.point]

    def pacing(self, running: Running, at: Place) -> Pacing:
        """Return what its open loop has shown at this place of the current point."""
        return self._pacings.setdefault((*self._place(running), place_key(at)), Pacing(self._patience))

    def search(self, until_s: float) -> None:
        """Search for the capacities at this point, if a metric needs them."""
        point = self.stage.point
        if not self.plan.searches:
            return
        self.stage.observer.state("looking for the highest rate that each subject sustains")
        for key in self.stage.left(Series("capacity")):
            if (key, point) not in self._drain_rates:
                self.stage.attempt(key, self._drain_first)
        first_rates = {key: _FIRST_SHARE * rate for (key, where), rate in self._drain_rates.items() if where == point}
        self.searches[point] = find_capacities(self.stage, first_rates, self.plan.limit_ns, until_s)

    def _drain_first(self, running: Running) -> None:
        drained = running.drain(_fewest_tasks(running))
        self._fit(running, drained.tasks, drained.duration_ns)

    def not_found(self) -> list[str]:
        """Return a warning for each subject without a capacity: what its loads are shares of."""
        by_load = any("load" in series.at for series in self.plan.series())
        return [
            f"{label} sustained none of the rates tried: its loads are shares of half the lowest one, {failed:.0f}/s"
            for searches in self.searches.values()
            for (label, _), search in searches.items()
            if by_load and search.result.rate_per_s is None and (failed := search.result.failed_above_per_s)
        ]

    def _place(self, running: Running) -> tuple[Key, int]:
        return (running.label, running.layer), self.stage.point


def _fewest_tasks(running: Running) -> int:
    return _FEWEST_PREFETCHES * running.prefetch_tasks
