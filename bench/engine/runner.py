"""Runs blocks of turns until the time is up, and hands each block on as soon as it ends."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.engine.observer import Observer
from bench.engine.schedule import Schedule, plan_generations
from bench.engine.subject import RunningSubject
from bench.errors import SubjectFailed
from bench.records.result import Block, DrainTurn, EnqueueTurn, Metric
from brokers.errors import BrokerbenchError

__all__ = ["Runner"]

_WARMUP_BLOCKS = 2
_WARMUP_SHARE = 0.1  # of the time that is left: where one block takes more, it is the only one of its warm-up
_FAIR = 1.5  # times the mean of all is what one subject may use before it sits out a block
_FEWEST_PREFETCHES = 3  # of tasks in a drain, the first of which is its warm-up


@dataclass
class Runner:
    """Starts the subjects and takes them through their turns; ``start_s`` is what starting them took.

    A subject that fails is left out from then on: ``failures`` says why, and the others go on.
    """

    subjects: dict[str, RunningSubject]
    schedule: Schedule
    observer: Observer
    drain_s: float
    keep: Callable[[Block], None]
    failures: dict[str, str] = field(default_factory=dict)
    start_s: float = 0.0
    _drain_tasks: dict[str, int] = field(default_factory=dict)
    _spent_s: defaultdict[tuple[Metric, str], float] = field(default_factory=lambda: defaultdict(float))
    _number: int = 0
    _generation: int = 0

    def start(self) -> None:
        """Start every subject's processes, all at once."""
        begin_s = time.monotonic()
        self._each(lambda subject: subject.start())
        self._each(lambda subject: subject.wait_until_ready())
        self.start_s = time.monotonic() - begin_s

    def run(self) -> None:
        """Run blocks until no further one fits into the time, or no subject is left.

        The subjects get fresh processes several times, because a process has luck of its own.
        """
        begin_s = time.monotonic()
        self._warm_up(_WARMUP_BLOCKS)
        renewal_s = self.start_s + (time.monotonic() - begin_s) / _WARMUP_BLOCKS
        generations = plan_generations(self.schedule.left_s(), renewal_s)
        self._measure(generations)
        for self._generation in range(1, generations):
            if self.schedule.left_s() <= renewal_s:
                break
            self.observer.state(f"starting fresh processes ({self._generation + 1} of {generations})")
            self._each(lambda subject: subject.end())
            self.start()
            self._warm_up(1)
            self._measure(generations - self._generation)

    def _measure(self, generations: int) -> None:
        """Measure for this generation's part of the time that is left, if so many are still to come with it."""
        keep_s = self.schedule.left_s() * (1 - 1 / generations)
        while metric := self.schedule.next_metric(keep_s):
            if not self._left(metric):
                self.schedule.metrics.remove(metric)
                continue
            begin_s = time.monotonic()
            self._block(metric, warmup=False)
            self.schedule.spent(metric, time.monotonic() - begin_s)

    def _warm_up(self, blocks: int) -> None:
        """Run the blocks whose figures do not count; those of the first generation say how many tasks are drained."""
        for metric in self.schedule.metrics:
            for _ in range(blocks):
                begin_s = time.monotonic()
                self._block(metric, warmup=True)
                if time.monotonic() - begin_s > _WARMUP_SHARE * self.schedule.left_s():
                    break

    def _each(self, step: Callable[[RunningSubject], None]) -> None:
        """Take a step with every subject that is left."""
        for label, subject in self.subjects.items():
            if label not in self.failures:
                try:
                    step(subject)
                except BrokerbenchError as error:
                    self._fail(label, error)

    def _fail(self, label: str, error: BrokerbenchError) -> None:
        """Leave a subject out from now on."""
        self.failures[label] = error.format_message()
        self.observer.failed(label, self.failures[label])

    def _block(self, metric: Metric, *, warmup: bool) -> None:
        turns: list[EnqueueTurn | DrainTurn] = []
        for label in self.schedule.shuffled(self._left(metric) if warmup else self._due(metric)):
            self.observer.turn(label, metric, self._number)
            begin_s = time.monotonic()
            try:
                turns.append(self._turn(label, metric, warmup=warmup))
            except SubjectFailed as error:
                self._fail(label, error)
            if not warmup:
                self._spent_s[metric, label] += time.monotonic() - begin_s
        if turns:
            self._keep(
                Block(number=self._number, generation=self._generation, metric=metric, warmup=warmup, turns=turns)
            )

    def _keep(self, block: Block) -> None:
        self._number += 1
        self.keep(block)
        self.observer.block(block, self.schedule.left_s())

    def _left(self, metric: Metric) -> list[str]:
        subjects = self.subjects.items()
        return [label for label, subject in subjects if label not in self.failures and subject.measures(metric)]

    def _due(self, metric: Metric) -> list[str]:
        """Give those whose turn it is: all, or all but those that used up the others' time, if two are left."""
        left = self._left(metric)
        mean_s = sum(self._spent_s[metric, label] for label in left) / max(len(left), 1)
        due = [label for label in left if self._spent_s[metric, label] <= _FAIR * mean_s]
        return due if len(due) > 1 else left

    def _turn(self, label: str, metric: Metric, *, warmup: bool) -> EnqueueTurn | DrainTurn:
        subject = self.subjects[label]
        if metric == "enqueue":
            return subject.enqueue()
        fewest = _FEWEST_PREFETCHES * subject.prefetch_tasks
        turn = subject.drain(self._drain_tasks.get(label, fewest))
        if warmup and self._generation == 0:
            fitting = round(turn.tasks / turn.duration_ns * 1e9 * self.drain_s)
            self._drain_tasks[label] = max(fewest, min(fitting, subject.workload.tasks))
        return turn
