"""Watches a stage of the search: who takes part in the next generation, who is dropped, and when it is enough."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bench.figures.tally import Tally
from bench.stats.halving import Standing, dropped, standings
from bench.stats.intervals import PairedRatio
from bench.stats.looks import FEWEST_FOR_A_LOOK, SPENT, LookOutcome, beyond_and_within, levels, outcome_at
from bench.tune.goal import Goal

__all__ = ["PRESENT", "Confirming", "Halving"]

PRESENT = "present"
"""The label of the subject as it is. It takes part in every generation, so that all gains are paired."""
_AT_ONCE = 7  # candidates beside the present settings: as many processes as start together
_SURE = 0.01
_ENOUGH_GENERATIONS = 3
_FIRST_LOOK = 6  # generations of a confirmation, however soon the answer might be certain


@dataclass
class Halving:
    """Keeps the candidates that seem to gain over ``base``, by rounds in which each of them has one generation.

    At most seven take part in a generation, each time those that had the fewest, beside the base and the present
    settings. With ``keeps_all`` none is dropped.
    """

    labels: Sequence[str]
    goal: Goal
    margin: float
    base: str = PRESENT
    keeps_all: bool = False
    standings: dict[str, Standing] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    """Why those that were dropped were."""
    tally: Tally = field(default_factory=Tally)
    generations: int = 0
    turns: int = 0
    """How many sides all generations had together."""
    _played: Counter[str] = field(default_factory=Counter)
    _playing: Sequence[str] = ()

    @property
    def left(self) -> list[str]:
        """Return the candidates that were not dropped."""
        return [label for label in self.labels if label not in self.why]

    def absent(self) -> Collection[str]:
        """Return who sits out the next generation: all but those of the candidates left that had the fewest."""
        left = self.left
        groups = math.ceil(len(left) / _AT_ONCE)
        size = math.ceil(len(left) / max(groups, 1))
        playing = sorted(left, key=lambda label: self._played[label])[:size]
        self._played.update(playing)
        self._playing = playing
        self.turns += len({PRESENT, self.base, *playing})
        return set(self.labels) - set(playing)

    def enough(self, tally: Tally, done: int, planned: int) -> bool:
        """Take in a generation; return True if every candidate was dropped, or is sure to gain."""
        self.tally, self.generations = tally, done
        if not _was_measured(tally, done - 1):
            self._played.subtract(self._playing)  # there was no time for a block
        found = standings({label: self.goal.gains(tally, label, self.base) for label in self.labels}, self.goal.trim)
        self.standings |= {label: found[label] for label in self.left if label in found}
        self.why |= {label: "it was not measured" for label in self.left if label not in found and self._played[label]}
        rounds = {self._played[label] for label in self.left}
        if len(rounds) == 1 and 0 not in rounds and not self.keeps_all:
            known = {label: self.standings[label] for label in self.left}
            self._drop(dropped(known, self.margin))
        return not self.left or all(map(self._is_sure, self.left))

    def never_played(self, label: str) -> bool:
        """Return True if there was no time for a candidate."""
        return self._played[label] <= 0 or (label not in self.standings and label not in self.why)

    def end(self) -> None:
        """Drop those that are left and not promising."""
        if not self.keeps_all:
            left = {label: self.standings[label] for label in self.left if label in self.standings}
            unsure = [label for label, one in left.items() if not one.is_promising(self.margin, len(self.labels))]
            self._drop(dict.fromkeys(unsure, "no gain is certain"))

    def _drop(self, why: Mapping[str, str]) -> None:
        over = "" if self.base == PRESENT else " over the best one alone"
        self.why |= {label: f"{reason}{over}" for label, reason in why.items()}

    def _is_sure(self, label: str) -> bool:
        one = self.standings.get(label)
        if one is None or self.keeps_all:
            return False
        return one.generations >= _ENOUGH_GENERATIONS and one.chance_of_no_more_than(self.margin) < _SURE


def _was_measured(tally: Tally, generation: int) -> bool:
    """Return whether there was a block in that generation."""
    in_rows = any(generation in legs for legs in tally.series.values())
    return in_rows or any(block.generation == generation for block in tally.blocks)


@dataclass
class Confirming:
    """Judges one side against the present settings by planned looks, each at its own level, as ``ab`` does.

    The ``others`` are the same settings without each one. They take part in every second generation: the answer is
    worth more than what each contributes. It ends once the answer is certain. The first look is after six generations,
    so that the interval of what helps is from at least as many; it does not end because an interval is narrow, as too
    few of those would hold the truth.
    """

    label: str
    goal: Goal
    margin: float
    seed: int
    others: Sequence[str] = ()
    ratio: PairedRatio | None = None
    outcome: LookOutcome = "inconclusive"
    """``regressed`` means that the present settings are worse by certainly more than the margin."""
    tally: Tally = field(default_factory=Tally)
    generations: int = 0
    turns: int = 0
    _begun: int = 0
    _shares: list[float] = field(default_factory=list)

    def enough(self, tally: Tally, done: int, planned: int) -> bool:
        """Look at the figures after a generation; return True if the answer is known."""
        self.tally, self.generations = tally, done
        if done >= _FIRST_LOOK:
            self._look(min(1.0, done / planned))
        return self.outcome != "inconclusive"

    def absent(self) -> Collection[str]:
        """Return the others before every second generation."""
        self._begun += 1
        out = self.others if self._begun % 2 == 0 else ()
        self.turns += 2 + len(self.others) - len(out)
        return out

    def end(self) -> None:
        """Take the last look, which spends all the remaining error, if it was not taken yet."""
        if not self._shares or self._shares[-1] < 1:
            self._look(1.0)

    def _look(self, share: float) -> None:
        self.ratio = self.goal.ratio(self.tally, self.label, PRESENT, self.seed)
        if self._shares and share <= self._shares[-1]:
            return
        self._shares.append(share)
        if self.outcome == "inconclusive" and self.ratio and self.ratio.generations >= FEWEST_FOR_A_LOOK:
            level = levels(SPENT, self._shares)[-1]
            self.outcome = outcome_at(beyond_and_within(self.ratio, "less", self.margin), level, level)
