"""The processes of a comparison: those that each subject needs for the metrics, and the runner of their turns."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from bench.compare.request import Comparison
from bench.engine.observer import Observer
from bench.engine.runner import Runner
from bench.engine.schedule import Schedule
from bench.engine.stage import Stage
from bench.metrics.registry import find_metric
from bench.processes.ceiling import RunningCeiling
from bench.processes.launcher import Launcher
from bench.processes.metered import MeteredSubject
from bench.processes.others import Others
from bench.processes.running import Running
from bench.processes.running_subject import RunningSubject
from bench.processes.subject import Subject
from bench.records.turns import Block, Key, Layer
from brokers.memory import Memory
from brokers.protocol import Server
from brokers.registry import split_subject

__all__ = ["Processes"]

_DRAINS = 60  # a drain takes at most the budget divided by this; with more than two sides, a share of that
_SHORTER_OVER_DISTANCE = 3  # times: each distance has a part of the time, and far ones need it for several drains
_MOST_KEPT = 1 / 3  # of the time left after booting: for a run that confirms this one
_LONGEST_OF_A_PAIR_S = 0.5  # of a drain, if two sides are compared: more generations tell more than longer drains
_LIMIT_OF_A_PAIR_S, _LIMIT_OF_MANY_S = 6.0, 2.0  # of a drain in short runs; the faster of a pair may lower it


@dataclass
class Processes:
    """The processes by subject and layer. ``launcher`` returns what starts those of a subject on a server."""

    comparison: Comparison
    launcher: Callable[[Subject, Server], Launcher]
    running: dict[Key, Running] = field(default_factory=dict)

    def add(self, servers: Mapping[str, Server]) -> None:
        """Add the processes of every subject that has a server, and of its ceilings and meters."""
        for subject in self.comparison.subjects:
            if subject.label in servers:
                self._add_subject(subject, partial(self.launcher, subject, servers[subject.label]))
        if self.comparison.ceilings and self.comparison.plan().ceiled():
            self._add_memory()

    def _add_subject(self, subject: Subject, launcher: Callable[[], Launcher]) -> None:
        """Add the processes of the subject, its ceilings and its meters."""
        comparison, spans = self.comparison, subject.broker.spans_processes
        metrics = {name: find_metric(name) for name in subject.metrics or comparison.metrics}
        searched = {"capacity": find_metric("capacity")} if comparison.plan().searches else {}
        needs = {name: metric.needs for name, metric in (metrics | searched).items()}
        self.running[subject.label, "celery"] = RunningSubject(launcher(), needs)
        ceiled = {name: metric.needs for name, metric in metrics.items() if metric.ceiled}
        if comparison.ceilings and ceiled:
            layers: list[Layer] = ["kombu", "raw"] if subject.broker.raw_client else ["kombu"]
            for layer in layers:
                self.running[subject.label, layer] = RunningCeiling(launcher(), ceiled, layer)
        meters = {name: metric.meter for name, metric in metrics.items() if metric.meter}
        if meters and spans:
            asks_memory = not comparison.sides
            metered = MeteredSubject(launcher(), {}, meters=meters, asks_memory=asks_memory)
            self.running[subject.label, "metered"] = metered

    def _add_memory(self) -> None:
        """Add Celery on the broker ``memory``, a ceiling of all subjects."""
        broker, profile = split_subject(Memory.name)
        subject, server = Subject(label="memory", broker=broker, profile=profile), broker.inspect(broker.local_url())
        ceiled = (find_metric(series.metric) for series in self.comparison.plan().ceiled())
        own = {metric.name: metric.needs for metric in ceiled if metric.needs.producer}
        self.running["memory", "memory"] = RunningSubject(self.launcher(subject, server), own, layer="memory")

    def runner(
        self,
        observer: Observer,
        keep: Callable[[Block], None],
        enough: Callable[[int, int], bool],
        absent: Callable[[], Collection[str]],
        others: Others | None,
    ) -> Runner:
        """Return the runner of their turns, which passes every block to ``keep``.

        ``others`` tells what other programs use; None if that cannot be known.
        """
        comparison = self.comparison
        schedule = Schedule.within(comparison.budget_s - self._kept_s(), comparison.started_s, comparison.seed)
        metered = [key for key in self.running if key[1] == "metered"]
        return Runner(
            stage=Stage(self.running, schedule, observer, keep, comparison.started_s, comparison.sides, others),
            plan=comparison.plan(),
            subjects=[key for key in self.running if key[1] == "celery"] + (metered if comparison.sides else []),
            ceilings=[key for key in self.running if key[1] in ("kombu", "raw", "memory")],
            metered=[] if comparison.sides else metered,
            drain_s=self._drain_s,
            drain_limit_s=self._limit_s if comparison.sides else None,
            enough=enough,
            absent=absent,
        )

    def _kept_s(self) -> float:
        """Return what to keep for a run that confirms this one: its reserve, and the time to boot the servers again.

        It is at most a third of the time left: what was slow to boot has little time to find something to confirm.
        """
        comparison = self.comparison
        if not comparison.reserved_s:
            return 0.0
        booting_s = time.monotonic() - comparison.started_s
        return max(0.0, min(comparison.reserved_s + booting_s, _MOST_KEPT * (comparison.budget_s - booting_s)))

    @property
    def _drain_s(self) -> float:
        if self.comparison.drain_s is not None:
            return self.comparison.drain_s
        drains = _DRAINS * self._others * (_SHORTER_OVER_DISTANCE if "rtt" in self.comparison.workload.sweep else 1)
        fair_s = self.comparison.budget_s / drains
        return min(fair_s, _LONGEST_OF_A_PAIR_S) if self.comparison.sides and self._others == 1 else fair_s

    @property
    def _limit_s(self) -> float:
        """Return how long a drain of one of several sides may take; a worker may finish its tasks in bursts."""
        shortest_s = _LIMIT_OF_A_PAIR_S if self._others == 1 else _LIMIT_OF_MANY_S
        return max(shortest_s, 2 * self.comparison.budget_s / (_DRAINS * max(1.0, self._others / 4)))

    @property
    def _others(self) -> int:
        """Return with how many sides a side shares the time; 1 if subjects are not sides."""
        return max(1, len(self.comparison.subjects) - 1) if self.comparison.sides else 1
