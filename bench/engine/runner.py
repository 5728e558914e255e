"""Runs the subjects: generations of fresh processes, each with blocks until its time is up."""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from bench.engine.plan import Plan
from bench.engine.schedule import least_s, plan_generations
from bench.engine.sizing import Sizing
from bench.engine.stage import Stage
from bench.metrics.registry import find_metric
from bench.records.turns import Key, Series
from bench.text.places import place_name

__all__ = ["WARMUP_BLOCKS", "Runner"]

WARMUP_BLOCKS = 2
_WARMUP_SHARE = 0.1  # of the time left: a warm-up block that takes longer is the only one of its series
_SPARE_S = 0.5  # of a short generation, for more blocks of what takes less
_SEARCH_SHARE = 0.3  # of the time left, at most, for finding capacities
_ROUNDS = 2  # of a block of every series: a generation with room for more shares its own time between the metrics
_AT_ONCE = 8  # subjects whose processes start together: more would wait for the cores longer than a start may take
_CEILING_SHARE, _METER_SHARE = 0.1, 0.1  # of the time left, in addition to starting the subjects twice


def _never(done: int, planned: int) -> bool:
    """Return False: never end early."""
    return False


@dataclass
class Runner:
    """Starts the subjects and runs their turns.

    ``start_s`` is how long they took to start, ``renewal_s`` how long they take to start and to warm up again.

    The ``ceilings`` have their turns together with the subjects in a separate generation, and the ``metered`` subjects
    in another one, after everything else. ``enough`` is called before the first generation and after each with the
    numbers of finished and planned generations; the run ends when it returns True. Before each generation, ``absent``
    returns the labels of the sides that sit it out; the time that this saves goes into more generations.
    """

    stage: Stage
    plan: Plan
    subjects: list[Key]
    ceilings: list[Key]
    metered: list[Key]
    drain_s: float
    drain_limit_s: float | None = None
    start_s: float = 0.0
    renewal_s: float = 0.0
    enough: Callable[[int, int], bool] = _never
    absent: Callable[[], Collection[str]] = tuple

    def __post_init__(self) -> None:
        self.sizing = Sizing(self.stage, self.plan, self.drain_s, self.drain_limit_s)

    def start(self) -> None:
        """Start the processes of the first generation."""
        self.stage.present = self._keys(0)
        self._go_to(0)
        self._start()

    def run(self) -> None:
        """Run blocks until no other block fits into the time, or no subject is left."""
        left_s = self.stage.schedule.left_s()
        metering_s = _METER_SHARE * left_s + 2 * self.start_s if self.metered else 0.0
        ceilings_s = _CEILING_SHARE * left_s + 2 * self.start_s if self.ceilings else 0.0
        self._run_generations(metering_s + ceilings_s)
        if self.ceilings:
            self._run_aside("the ceilings", [*self.subjects, *self.ceilings], self.plan.ceiled(), metering_s)
        if last := self.plan.last():
            self._renew(0, self.subjects)
            self._take_once(last)
        if self.metered:
            self._run_aside("the metered processes", self.metered, self.plan.aside(), 0.0)

    def _take_once(self, all_series: list[Series]) -> None:
        """Run one block of each series."""
        for series in all_series:
            self.stage.observer.state(f"measuring {series.metric}")
            self.stage.block(series, self.sizing.taker(series))

    def _run_generations(self, tail_s: float) -> None:
        """Measure in several generations of fresh processes, because each process has its own luck."""
        schedule, begin_s = self.stage.schedule, time.monotonic()
        if self.enough(0, 0):
            return
        warmup_s = self._begin(WARMUP_BLOCKS)
        self.renewal_s = self.start_s + warmup_s / WARMUP_BLOCKS
        points = len(self.plan.points)
        self.sizing.search(until_s=begin_s + _SEARCH_SHARE * (schedule.left_s() - tail_s) / points)
        generations = self._generations(schedule.left_s() - tail_s, warmup_s / WARMUP_BLOCKS, self.stage.present)
        self._measure(self._series(), self._keep_s(generations, tail_s))
        order, number = self._order(generations), 0
        while (number := number + 1) < generations:
            if self.enough(number, generations):
                return
            keys, round_s = self._keys(number), self._round_s()
            if (share := len(_labels(keys)) / len(_labels(self.stage.present))) != 1:
                round_s *= share
                self.renewal_s *= share
                schedule.expect(share)
                generations = number + self._generations(schedule.left_s() - tail_s, round_s, keys)
                order = self._order(generations)
            if schedule.left_s() - tail_s <= self.renewal_s + round_s:
                return
            if all((key, order[number - 1]) in self.stage.failures for key in self.subjects):
                continue
            self.stage.observer.state(f"starting fresh processes ({number + 1} of {generations})")
            self._renew(order[number - 1], keys)
            self._begin(1 if self.sizing.is_settled(self.subjects[0]) else WARMUP_BLOCKS)
            if self.stage.point not in self.sizing.searches:
                self.sizing.search(until_s=time.monotonic() + _SEARCH_SHARE * (schedule.left_s() - tail_s) / points)
            self._measure(self._series(), self._keep_s(generations - number, tail_s))
        self.enough(generations, generations)

    def _generations(self, left_s: float, round_s: float, keys: Iterable[Key]) -> int:
        """Return how many generations of these keys fit into the time that is left.

        Each must have room for the longest block; with sides, for a round of one block of every series, which takes
        ``round_s``.
        """
        longest_s = max(map(least_s, self.plan.series()), default=0.0)
        if self.plan.sides:
            longest_s = max(longest_s, round_s)
        points = len(self.plan.points)
        sides = len(_labels(keys)) if self.plan.sides else 0
        return plan_generations(left_s, self.renewal_s, points, longest_s, sides=sides) if self.plan.repeats else 1

    def _series(self) -> list[Series]:
        """Return the series that are measured in the present generation."""
        return self.plan.series_of_generation(self.stage.generation)

    def _keys(self, generation: int) -> list[Key]:
        """Return the subjects that have turns in a generation."""
        series, running, absent = self.plan.series_of_generation(generation), self.stage.running, self.absent()
        keys = [key for key in self.subjects if key[0] not in absent]
        if series == self.plan.series():
            return keys
        return [key for key in keys if any(running[key].measures(one.metric) for one in series)]

    def _order(self, generations: int) -> list[int]:
        """Return the points of the generations after the first: all points equally often, shuffled in each round."""
        points = range(len(self.plan.points))
        shuffled = self.stage.schedule.rng.sample
        first = [0, *shuffled(points[1:], len(points) - 1)]
        rounds = [shuffled(points, len(points)) for _ in range(generations // len(points) - 1)]
        return [point for one in [first, *rounds] for point in one][1:]

    def _round_s(self) -> float:
        """Return how long a block of every series takes at most, as far as that is known."""
        return sum(self.stage.least_s(series) for series in self.plan.series())

    def _keep_s(self, generations: int, tail_s: float) -> float:
        """Return the seconds to keep for later, if this is one of ``generations`` that are still to run.

        All get the same time for their blocks.
        """
        later = max(generations, 1) - 1
        left_s = max(0.0, self.stage.schedule.left_s() - tail_s)
        renewals_s = min(left_s, later * self.renewal_s)
        return tail_s + renewals_s + (left_s - renewals_s) * later / (later + 1)

    def _run_aside(self, what: str, keys: list[Key], series: list[Series], keep_s: float) -> None:
        """Measure these series with these processes, one generation at each point, until only ``keep_s`` are left."""
        points = len(self.plan.points)
        self.stage.schedule.start_over()
        for point in range(points):
            left_s = self.stage.schedule.left_s() - keep_s
            if left_s <= self.start_s:
                return
            self.stage.observer.state(f"starting {what}")
            self._renew(point, keys)
            self._warm_up(series, 1)
            self._measure(series, keep_s + left_s * (1 - 1 / (points - point)))

    def _renew(self, point: int, keys: list[Key]) -> None:
        """End all processes and start fresh ones at this point."""
        self.stage.end_all()
        self.stage.present = keys
        self.stage.generation += 1
        self._go_to(point)
        self._start()

    def _go_to(self, point: int) -> None:
        self.stage.point, self.stage.at = point, self.plan.points[point].at
        for key in self.stage.present:
            self.stage.running[key].use(self.plan.points[point].workload)

    def _start(self) -> None:
        begin_s = time.monotonic()
        keys = self.stage.alive()
        for first in range(0, len(keys), _AT_ONCE):
            some = keys[first : first + _AT_ONCE]
            self.stage.each(some, lambda running: running.start())
            self.stage.each(some, lambda running: running.wait_until_ready())
        if self.stage.others:
            self.stage.others.start_over()
        self.start_s = time.monotonic() - begin_s

    def _begin(self, warmup_blocks: int) -> float:
        """Measure first publishes, then warm up; return the seconds that both took."""
        begin_s = time.monotonic()
        for series in self.plan.first():
            self.stage.block_of(self.stage.left(series), series, self.sizing.taker(series))
        self._warm_up(self._series(), warmup_blocks)
        return time.monotonic() - begin_s

    def _warm_up(self, all_series: list[Series], blocks: int) -> None:
        """Run the blocks whose figures do not count. The first at each point set the number of tasks in a drain."""
        metrics = {series.metric: find_metric(series.metric) for series in all_series}
        for series in (one for one in all_series if metrics[one.metric].warmed_up and not metrics[one.metric].waits):
            for number in range(blocks):
                begin_s = time.monotonic()
                keys = self._warming_up(series, again=number > 0)
                self.stage.block_of(keys, series, self.sizing.taker(series, warmup=True), warmup=True)
                if time.monotonic() - begin_s > _WARMUP_SHARE * self.stage.schedule.left_s():
                    break
        self.sizing.settle()
        for name in (name for name, metric in metrics.items() if metric.waits):
            self._waiting_block(Series(name, (("idle_s", 0.0),)), warmup=True)  # without it, the first task connects

    def _warming_up(self, series: Series, *, again: bool) -> list[Key]:
        """Return who has a turn in a warm-up: of slow subjects, only those whose drains have no size yet.

        The first tasks or calls of each of their long turns are a warm-up, too. Their ceilings have no such tasks.
        """
        left = self.stage.left(series)
        if not again and not self.sizing.is_settled(self.subjects[0]):
            return left
        brisk = self.stage.brisk(series)
        return [key for key in left if key in brisk or key[1] != "celery"]

    def _measure(self, all_series: list[Series], keep_s: float) -> None:
        """Run blocks until only ``keep_s`` of the time are left."""
        left, schedule = list(all_series), self.stage.schedule
        if schedule.left_s() - keep_s > _ROUNDS * self._round_s():  # with less, metrics take turns between generations
            schedule.start_over()
        if self.plan.sides:  # an early look needs every series in every generation
            for one in filter(schedule.fits, schedule.rng.sample(all_series, len(all_series))):
                self._measure_block(one)
            if self.plan.is_short(self.stage.generation):
                keep_s = max(keep_s, schedule.left_s() - _SPARE_S)
        while series := schedule.next_series(left, keep_s):
            if not self.stage.left(series):
                left.remove(series)
                continue
            self._measure_block(series, keep_s)

    def _measure_block(self, series: Series, keep_s: float = 0.0) -> None:
        """Measure a block; what slow subjects take is no part of the metric's share, or the others would pay for it."""
        begin_s, schedule = time.monotonic(), self.stage.schedule
        if find_metric(series.metric).waits:
            self._waiting_block(series)
            schedule.spent(series, time.monotonic() - begin_s)
            return
        before_s = self.stage.brisk_s(series)
        self.stage.block(series, self.sizing.taker(series), within_s=schedule.left_s() - keep_s)
        schedule.spent(series, max(0.0, self.stage.brisk_s(series) - before_s), self.stage.least_s(series))

    def _waiting_block(self, series: Series, *, warmup: bool = False) -> None:
        """Let all workers wait at their empty queues, then run the turns."""
        idle_s = float(series.at["idle_s"])
        self.stage.observer.state(f"all queues are idle for {idle_s:g} s")
        waiting = self.stage.left(series)
        for key in waiting:
            self.stage.attempt(key, lambda running: running.wake())
        time.sleep(idle_s)
        self.stage.block(series, self.sizing.taker(series, warmup=warmup), warmup=warmup)
        for key in waiting:
            if key in self.stage.left(series):
                self.stage.attempt(key, lambda running: running.rest())

    def partial_failures(self) -> list[tuple[Key, str, str]]:
        """Return what failed, at which point of the sweep (in words), and why."""
        at = [place_name(point.at).removeprefix("at ") for point in self.plan.points]
        failures = self.stage.failures.items()
        return [(key, f" at {at[point]}" if at[point] else "", reason) for (key, point), reason in failures]


def _labels(keys: Iterable[Key]) -> set[str]:
    return {label for label, _ in keys}
