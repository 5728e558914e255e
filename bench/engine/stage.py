"""Runs blocks: every subject that is due has a turn, in random order."""

import math
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

_SLOW = 1.5  # times as long as the turns of the others: a subject whose turns take longer sits blocks out

Take = Callable[[Running], Turn]
"""Takes a turn of a subject, or of a ceiling or meter beside it."""


@dataclass
class _Spent:
    """How long the turns of one subject in one series took: each on average, and without the warm-up."""

    turns: int = 0
    seconds: float = 0.0
    counted_s: float = 0.0
    longest_s: float = 0.0

    def add(self, turn_s: float, *, warmup: bool) -> None:
        self.turns += 1
        self.seconds += turn_s
        if not warmup:
            self.counted_s += turn_s
            self.longest_s = max(self.longest_s, turn_s)

    @property
    def typical_s(self) -> float:
        return self.seconds / max(self.turns, 1)


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
    _spent: defaultdict[tuple[Series, Key], "_Spent"] = field(default_factory=lambda: defaultdict(_Spent))

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
            known, reason = self.failures.get((key, self.point)), _reason(self.running[key], error)
            self.failures[key, self.point] = "\n".join(filter(None, (known, reason)))
            self.observer.failed(_name(key), reason)

    def block(self, series: Series, take: Take, *, warmup: bool = False, within_s: float = math.inf) -> Block | None:
        """Run a block of a turn for everything that is due, and return it; None if nothing had a turn.

        A slow subject is not due if the block would take longer than ``within_s`` with it.
        """
        keys = self.left(series) if warmup or self.sides else self._due(series, within_s)
        return self.block_of(keys, series, take, warmup=warmup)

    def spent_s(self, series: Series, key: Key) -> float:
        """Return how long the turns of a key took, without the warm-up."""
        return self._spent[series, key].counted_s

    def least_s(self, series: Series) -> float:
        """Return the longest that the turns of a block took so far, without those of slow subjects."""
        return sum(self._spent[series, key].longest_s for key in self.brisk(series))

    def brisk_s(self, series: Series) -> float:
        """Return how long the turns of all but slow subjects took, without the warm-up."""
        return sum(self._spent[series, key].counted_s for key in self.brisk(series))

    def brisk(self, series: Series) -> list[Key]:
        """Return the keys that have turns of the series, without slow subjects that may sit out."""
        left = self.left(series)
        slow = set() if self.sides else self._slow(series, left)
        return [key for key in left if key[0] not in slow]

    def block_of(self, keys: Iterable[Key], series: Series, take: Take, *, warmup: bool = False) -> Block | None:
        """Run a block of a turn for each of these, in random order; None if nothing had a turn."""
        turns: list[Turn] = []
        begin_s = time.monotonic()
        for key in self.schedule.shuffled(list(keys)):
            self.observer.turn(_name(key), series.metric, self._number)
            turn_s = time.monotonic()
            self.attempt(key, lambda running: turns.append(_taken(running, series.metric, take, warmup=warmup)))
            self._spent[series, key].add(time.monotonic() - turn_s, warmup=warmup)
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

    def _due(self, series: Series, within_s: float) -> list[Key]:
        """Return the keys that are due: all but the slow subjects that have had their share, or do not fit.

        A slow subject's share of the time is that of one of the others: if these waited for it, they would have few
        blocks. Its ceilings sit out with it, because they are paired with it.
        """
        left = self.left(series)
        slow = self._slow(series, left)
        fits = sum(self._spent[series, key].longest_s for key in left) <= within_s
        others = [self._spent[series, key].counted_s for key in left if key[1] == "celery" and key[0] not in slow]
        fair_s = sum(others) / max(len(others), 1)
        late = {label for label in slow if not fits or self._spent[series, (label, "celery")].counted_s > fair_s}
        return [key for key in left if key[0] not in late]

    def _slow(self, series: Series, left: list[Key]) -> set[str]:
        """Return the subjects whose turns take far longer than those of the others, if they leave at least two."""
        typical_s = {key[0]: self._spent[series, key].typical_s for key in left if key[1] == "celery"}
        middle_s = sorted(typical_s.values())[(len(typical_s) - 1) // 2] if typical_s else 0.0
        slow = {label for label, own_s in typical_s.items() if own_s > _SLOW * middle_s}
        return slow if len(typical_s) - len(slow) > 1 else set()


def _taken(running: Running, metric: str, take: Take, *, warmup: bool) -> Turn:
    """Take a turn, and note what it took of the machine, and what the relay passed on meanwhile if there is one.

    Effort isn't read during warm-up. There's a limit on how often it is read, so a reading during warm-up could leave
    the turns that are measured without one.
    """
    running.relayed()  # from here on
    if not warmup:
        running.begin_effort(metric)
    turn = take(running)
    effort = running.effort()
    return turn.model_copy(
        update={"effort": effort, "relay": running.relayed(), "message_bytes": running.message_bytes}
    )


def _reason(running: Running, error: BrokerbenchError) -> str:
    """Return why a step failed: because its relay ended, which clients see as a connection that broke, or the error."""
    try:
        running.relayed()
    except BrokerbenchError as ended:
        return ended.format_message()
    return error.format_message()


def _name(key: Key) -> str:
    """Return the name of a subject or of its ceiling."""
    label, layer = key
    return label if layer == "celery" else f"{label} ({layer})"
