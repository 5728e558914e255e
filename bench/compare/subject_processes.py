"""The processes of a comparison: which each subject needs for the metrics, and what takes them through their turns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from bench.compare.request import Comparison
from bench.engine.ceiling import RunningCeiling
from bench.engine.launcher import Launcher
from bench.engine.metering import MeteredSubject
from bench.engine.observer import Observer
from bench.engine.plan import CEILED, METERED
from bench.engine.runner import Runner
from bench.engine.running import RunningSubject
from bench.engine.schedule import Schedule
from bench.engine.stage import Running, Stage
from bench.engine.subject import Subject
from bench.records.turns import Block, Key, Layer, Metric
from brokers.protocol import Server
from brokers.registry import split_subject

__all__ = ["Processes"]

_DRAINS = 60  # one drain takes at most this part of the budget
_SHORTEST_LIMIT_S = 2.0  # of a drain of one of two sides


@dataclass
class Processes:
    """The processes by subject and layer. ``launcher`` starts those of a subject on a server."""

    comparison: Comparison
    launcher: Callable[[Subject, Server], Launcher]
    running: dict[Key, Running] = field(default_factory=dict)

    def add(self, servers: Mapping[str, Server]) -> None:
        """Add those of every subject that has a server, and of what is measured beside them."""
        for subject in self.comparison.subjects:
            if subject.label in servers:
                self._add_subject(subject, partial(self.launcher, subject, servers[subject.label]))
        if self.comparison.ceilings and set(CEILED) & set(self.comparison.metrics):
            self._add_memory()

    def _add_subject(self, subject: Subject, launcher: Callable[[], Launcher]) -> None:
        """Give the subject its own processes, and those of what is measured beside it."""
        metrics, searched = self.comparison.metrics, self.comparison.plan().searches
        own: list[Metric] = list(dict.fromkeys([*metrics, "capacity"])) if searched else metrics
        limit_s = max(_SHORTEST_LIMIT_S, 2 * self._drain_s) if self.comparison.sides else None
        self.running[subject.label, "celery"] = RunningSubject(launcher(), own, drain_limit_s=limit_s)
        if self.comparison.ceilings and set(CEILED) & set(metrics):
            layers: list[Layer] = ["kombu", "raw"] if subject.broker.spans_processes else ["kombu"]
            for layer in layers:
                self.running[subject.label, layer] = RunningCeiling(launcher(), metrics, layer)
        if set(METERED) & set(metrics) and subject.broker.spans_processes:
            self.running[subject.label, "metered"] = MeteredSubject(launcher(), metrics, not self.comparison.sides)

    def _add_memory(self) -> None:
        """Add Celery on broker ``memory``, a ceiling of all subjects."""
        broker, profile = split_subject("memory")
        subject, server = Subject(label="memory", broker=broker, profile=profile), broker.inspect(broker.local_url())
        own: list[Metric] = ["enqueue"] if "enqueue" in self.comparison.metrics else []
        self.running["memory", "memory"] = RunningSubject(self.launcher(subject, server), own, layer="memory")

    def runner(self, observer: Observer, keep: Callable[[Block], None], enough: Callable[[int, int], bool]) -> Runner:
        """Return what takes them through their turns, and gives ``keep`` every block."""
        comparison = self.comparison
        schedule = Schedule.within(comparison.budget_s, comparison.started_s, comparison.seed)
        metered = [key for key in self.running if key[1] == "metered"]
        return Runner(
            stage=Stage(self.running, schedule, observer, keep, comparison.started_s),
            plan=comparison.plan(),
            subjects=[key for key in self.running if key[1] == "celery"] + (metered if comparison.sides else []),
            ceilings=[key for key in self.running if key[1] in ("kombu", "raw", "memory")],
            metered=[] if comparison.sides else metered,
            drain_s=self._drain_s,
            enough=enough,
        )

    @property
    def _drain_s(self) -> float:
        return self.comparison.budget_s / _DRAINS
