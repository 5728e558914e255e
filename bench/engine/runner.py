"""Runs blocks of turns until the time is up, and hands each block on as soon as it ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.engine.observer import Observer
from bench.engine.schedule import Schedule
from bench.engine.subject import RunningSubject
from bench.errors import SubjectFailed
from bench.records.result import Block, DrainTurn, EnqueueTurn, Metric

__all__ = ["Runner"]

_WARMUP_BLOCKS = 2
_WARMUP_SHARE = 0.1  # of the time that is left: where one block takes more, it is the only one of its warm-up
_FEWEST_PREFETCHES = 3  # of tasks in a drain, the first of which is its warm-up


@dataclass
class Runner:
    """Takes the subjects through their turns.

    A subject that fails is left out from then on: ``failures`` says why, and the others go on.
    """

    subjects: dict[str, RunningSubject]
    schedule: Schedule
    observer: Observer
    drain_s: float
    keep: Callable[[Block], None]
    failures: dict[str, str] = field(default_factory=dict)
    _drain_tasks: dict[str, int] = field(default_factory=dict)
    _number: int = 0

    def warm_up(self) -> None:
        """Run the blocks whose figures do not count, and choose how many tasks each subject drains."""
        for metric in self.schedule.metrics:
            for _ in range(_WARMUP_BLOCKS):
                begin_s = time.monotonic()
                self._block(metric, warmup=True)
                if time.monotonic() - begin_s > _WARMUP_SHARE * self.schedule.left_s():
                    break

    def run(self) -> None:
        """Run blocks until no further one fits into the time, or no subject is left."""
        while self._left() and (metric := self.schedule.next_metric()):
            begin_s = time.monotonic()
            self._block(metric, warmup=False)
            self.schedule.spent(metric, time.monotonic() - begin_s)

    def fail(self, label: str, error: SubjectFailed) -> None:
        """Leave a subject out from now on."""
        self.failures[label] = error.format_message()
        self.observer.failed(label, self.failures[label])

    def _left(self) -> list[str]:
        return [label for label in self.subjects if label not in self.failures]

    def _block(self, metric: Metric, *, warmup: bool) -> None:
        turns: list[EnqueueTurn | DrainTurn] = []
        for label in self.schedule.shuffled([label for label in self._left() if self.subjects[label].measures(metric)]):
            self.observer.turn(label, metric, self._number)
            try:
                turns.append(self._turn(label, metric, warmup=warmup))
            except SubjectFailed as error:
                self.fail(label, error)
        if turns:
            block = Block(number=self._number, metric=metric, warmup=warmup, turns=turns)
            self._number += 1
            self.keep(block)
            self.observer.block(block, self.schedule.left_s())

    def _turn(self, label: str, metric: Metric, *, warmup: bool) -> EnqueueTurn | DrainTurn:
        subject = self.subjects[label]
        if metric == "enqueue":
            return subject.enqueue()
        fewest = _FEWEST_PREFETCHES * subject.prefetch_tasks
        turn = subject.drain(self._drain_tasks.get(label, fewest))
        if warmup:
            fitting = round(turn.tasks / turn.duration_ns * 1e9 * self.drain_s)
            self._drain_tasks[label] = max(fewest, min(fitting, subject.workload.tasks))
        return turn
