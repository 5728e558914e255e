"""Runs blocks: every subject that is due has a turn, in random order."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bench.engine.observer import Observer
from bench.engine.schedule import Schedule
from bench.processes.others import Others
from bench.processes.running import Running
from bench.records.turns import Block, Key, Place, Series, Turn
from brokers.errors import BrokerbenchError

__all__ = ["Stage", "Take"]

_FAIR = 1.5  # times the mean of all subjects: one that has used more time sits out a block

Take = Callable[[Running], Turn]
"""Takes a turn of a subject, or of a ceiling or meter beside it."""


@dataclass
class Stage:
    """Where subjects have their turns. ``at`` is the current point of a sweep.

    A subject that fails is left out at this point from then on, and the others continue: ``failures`` has the reason.
    With ``sides`` every subject has a turn in every block, however slow it is: a generation without it would not count.
    ``others`` tells what other programs use during a block; None if that cannot be known.
    """

    running: dict[Key, Running]
    schedule: Schedule
    observer: Observer
    keep: Callable[[Block], None]
    started_s: float
    sides: bool = False
    others: Others | None = None
    failures: dict[tuple[Key, int], str] = field(default_factory=dict)
    present: list[Key] = field(default_factory=list)
    point: int = 0
    at: Place = field(default_factory=dict)
    generation: int = 0
    _number: int = 0
    spent_s: defaultdict[tuple[str, Key], float] = field(default_factory=lambda: defaultdict(float))
    """How long the turns of each took, without the warm-up."""

    def end_all(self) -> None:
        """End the processes of all present subjects. Failed ones, too: they would disturb the others."""
        for key in self.present:
            self.attempt(key, lambda running: running.end())

    def left(self, series: Series) -> list[Key]:
        """Return the keys that have turns of the series and have not failed."""
        return [key for key in self.alive() if self.running[key].measures(series.metric)]

    def alive(self) -> list[Key]:
        """Return the keys that are present and have not failed."""
        return [key for key in self.present if (key, self.point) not in self.failures]

    def each(self, keys: Iterable[Key], step: Callable[[Running], object]) -> None:
        """Take a step with each of these keys that has not failed."""
        for key in keys:
            if (key, self.point) not in self.failures:
                self.attempt(key, step)

    def attempt(self, key: Key, step: Callable[[Running], object]) -> None:
        """Take a step with one key. If it raises, the key has failed; its first reason comes first."""
        try:
            step(self.running[key])
        except BrokerbenchError as error:
            known = self.failures.get((key, self.point))
            self.failures[key, self.point] = "\n".join(filter(None, (known, error.format_message())))
            self.observer.failed(_name(key), error.format_message())

    def block(self, series: Series, take: Take, *, warmup: bool = False) -> Block | None:
        """Run a block of a turn for everything that is due, and return it; None if nothing had a turn."""
        keys = self.left(series) if warmup or self.sides else self._due(series)
        return self.block_of(keys, series, take, warmup=warmup)

    def block_of(self, keys: Iterable[Key], series: Series, take: Take, *, warmup: bool = False) -> Block | None:
        """Run a block of a turn for each of these, in random order; None if nothing had a turn."""
        turns: list[Turn] = []
        begin_s = time.monotonic()
        for key in self.schedule.shuffled(list(keys)):
            self.observer.turn(_name(key), series.metric, self._number)
            turn_s = time.monotonic()
            self.attempt(key, lambda running: turns.append(take(running)))
            if not warmup:
                self.spent_s[series.metric, key] += time.monotonic() - turn_s
        return self._keep(series, turns, begin_s, warmup=warmup) if turns else None

    def _keep(self, series: Series, turns: list[Turn], begin_s: float, *, warmup: bool) -> Block:
        block = Block(
            number=self._number,
            generation=self.generation,
            metric=series.metric,
            at={**self.at, **series.at},
            at_s=round(begin_s - self.started_s, 3),
            warmup=warmup,
            turns=turns,
            other_cores=self.others.since(begin_s) if self.others else None,
        )
        self._number += 1
        self.keep(block)
        self.observer.block(block, self.schedule.left_s())
        return block

    def _due(self, series: Series) -> list[Key]:
        """Return the keys that are due: all but the subjects that used too much time, if that leaves at least two.

        A subject's ceilings sit out with it, because they are paired with it.
        """
        left = self.left(series)
        subjects = [key for key in left if key[1] == "celery"]
        spent_s = {key: self.spent_s[series.metric, key] for key in subjects}
        mean_s = sum(spent_s.values()) / max(len(subjects), 1)
        late = {key[0] for key in subjects if spent_s[key] > _FAIR * mean_s}
        return [key for key in left if key[0] not in late] if len(subjects) - len(late) > 1 else left


def _name(key: Key) -> str:
    """Return the name of a subject or of its ceiling."""
    label, layer = key
    return label if layer == "celery" else f"{label} ({layer})"
