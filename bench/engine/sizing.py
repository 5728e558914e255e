"""How many tasks a turn has, and at which rate: by what drains and searches have shown of each subject."""

from dataclasses import dataclass, field
from typing import Any

from bench.engine.openloop import turn_tasks
from bench.engine.plan import Plan
from bench.engine.search import Searches, find_capacities
from bench.engine.stage import Running, Stage, Take
from bench.records.turns import DrainTurn, Key, LatencyTurn, Series, Turn

__all__ = ["Sizing"]

_FEWEST_PREFETCHES = 3  # of tasks in a drain, the first of which is its warm-up
_FIRST_SHARE = 0.7  # of a drain's rate is where the search for a capacity begins
_METERED_S = 1.5  # is what a turn of metered tasks takes, but for the fewest and most
_SIDES_SHARE = 1 / 3  # of that, because two sides have such a turn in each generation
_FEWEST_METERED, _MOST_METERED = 5, 500
_METERED_LOAD = 0.5  # is that at which phases are taken
_BELOW_FAILURE = 0.5  # of the lowest rate that failed is taken for a capacity that was not found
_UNKNOWN_RATE_PER_S = 50.0


@dataclass
class Sizing:
    """Says what turns are. A drain takes about ``drain_s``; ``searches`` are those for capacities, by point."""

    stage: Stage
    plan: Plan
    drain_s: float
    searches: dict[int, Searches] = field(default_factory=dict)
    _drain_tasks: dict[tuple[Key, int], int] = field(default_factory=dict)
    _drain_rates: dict[tuple[Key, int], float] = field(default_factory=dict)
    _settled: set[tuple[Key, int]] = field(default_factory=set)

    def settle(self) -> None:
        """Leave the drains of all that are present as they are at this point."""
        self._settled |= {(key, self.stage.point) for key in self.stage.present}

    def is_settled(self, key: Key) -> bool:
        """Return whether it was warmed up at this point before."""
        return (key, self.stage.point) in self._settled

    def taker(self, series: Series, *, warmup: bool = False) -> Take:
        """Return what a turn of the series is; the first of the warm-up at a point say how many tasks are drained."""
        if series.metric == "enqueue":
            return lambda running: running.enqueue()
        if series.metric == "throughput":
            return lambda running: self._drain(running, warmup=warmup)
        if series.metric == "cost":
            return lambda running: running.cost(
                _FEWEST_METERED if warmup else _metered_tasks(self._metered_rate_per_s(running))
            )
        if series.metric == "phases":
            return self._phases
        return lambda running: self._open_loop(running, series)

    def _drain(self, running: Any, *, warmup: bool) -> DrainTurn:
        turn: DrainTurn = running.drain(self._drain_tasks.get(self._place(running), _fewest_tasks(running)))
        if warmup and self._place(running) not in self._settled:
            self._fit(running, turn)
        return turn

    def _fit(self, running: Any, turn: DrainTurn) -> None:
        """Let its drains be as long as they should by the rate of this one."""
        rate_per_s = self._drain_rates[self._place(running)] = turn.tasks / turn.duration_ns * 1e9
        fitting = min(round(rate_per_s * self.drain_s), running.workload.tasks)
        self._drain_tasks[self._place(running)] = max(_fewest_tasks(running), fitting)

    def _open_loop(self, running: Any, series: Series) -> LatencyTurn:
        rate_per_s = float(series.at.get("rate_per_s", 0))
        if not rate_per_s:
            base_per_s = self._slowest_rate_per_s() if self.plan.sides else self._base_rate_per_s(running)
            rate_per_s = float(series.at["load"]) * base_per_s
        turn: LatencyTurn = running.open_loop(rate_per_s, turn_tasks(rate_per_s))
        return turn

    def _phases(self, running: Any) -> Turn:
        rate_per_s = _METERED_LOAD * self._base_rate_per_s(running)
        turn: Turn = running.phases(_metered_tasks(rate_per_s), rate_per_s)
        return turn

    def _base_rate_per_s(self, running: Running) -> float:
        """Return the rate of which loads are shares: the capacity, or else half of the lowest rate that failed."""
        own: Key = running.label, "celery"
        drained = self._drain_rates.get((own, self.stage.point), _UNKNOWN_RATE_PER_S)
        search = self.searches.get(self.stage.point, {}).get(own)
        found = search.result if search else None
        if found is None:
            return drained
        return found.rate_per_s or _BELOW_FAILURE * (found.failed_above_per_s or drained)

    def _metered_rate_per_s(self, running: Running) -> float:
        """Return the rate by which metered turns are sized; of two sides both have as many tasks."""
        return _SIDES_SHARE * self._slowest_rate_per_s() if self.plan.sides else self._base_rate_per_s(running)

    def _slowest_rate_per_s(self) -> float:
        """Return what the slowest of all drained in its warm-up."""
        rates = (rate for (_, point), rate in self._drain_rates.items() if point == self.stage.point)
        return min(rates, default=_UNKNOWN_RATE_PER_S)

    def search(self, until_s: float) -> None:
        """Find the capacities at this point, if any metric needs them."""
        point = self.stage.point
        if not self.plan.searches:
            return
        self.stage.observer.state("looking for the highest rate that each sustains")
        for key in self.stage.left(Series("capacity")):
            if (key, point) not in self._drain_rates:
                self.stage.attempt(key, lambda running: self._fit(running, running.drain(_fewest_tasks(running))))
        first_rates = {key: _FIRST_SHARE * rate for (key, where), rate in self._drain_rates.items() if where == point}
        self.searches[point] = find_capacities(self.stage, first_rates, self.plan.limit_ns, until_s)

    def not_found(self) -> list[str]:
        """Return for whom no capacity was found, and of what their loads are shares."""
        return [
            f"{label} sustained no rate that was tried: its loads are shares of half of the lowest, {failed:.0f}/s"
            for searches in self.searches.values()
            for (label, _), search in searches.items()
            if "latency" in self.plan.metrics
            and search.result.rate_per_s is None
            and (failed := search.result.failed_above_per_s)
        ]

    def _place(self, running: Running) -> tuple[Key, int]:
        return (running.label, running.layer), self.stage.point


def _metered_tasks(rate_per_s: float) -> int:
    """Return how many tasks a metered turn has at that rate."""
    return max(_FEWEST_METERED, min(_MOST_METERED, round(_METERED_S * rate_per_s)))


def _fewest_tasks(running: Any) -> int:
    return _FEWEST_PREFETCHES * int(running.prefetch_tasks)
