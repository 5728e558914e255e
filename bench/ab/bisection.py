"""Finds where releases get worse, in a list of which the first is good and the last is supposed to be bad.

This is only the search: it measures nothing. A search by halves assumes that every release is good up to some point,
and bad from there on. That is tried afterwards where it is most likely to be wrong: at the ends and in the middle of
the releases that are taken for good, and of those that are taken for bad.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from bench.stats.intervals import PairedRatio
from bench.stats.looks import LookOutcome

__all__ = ["Bisection", "Turn"]


@dataclass(frozen=True)
class Turn:
    """Between two releases that were judged, one good and one bad, something changed.

    ``between`` are the releases between the two, which were not judged: the change may have come with one of them.
    """

    before: str
    after: str
    worse: bool
    between: tuple[str, ...] = ()


@dataclass
class Bisection:
    """Halve the range between the last release known to be good and the first known to be bad; then try the rest of it.

    The last release is tried first: if it is not bad, there is nothing to find. A release that cannot be judged is
    skipped, and its neighbours are tried.
    """

    releases: Sequence[str]
    _outcomes: dict[int, LookOutcome] = field(default_factory=dict)
    _ratios: dict[int, PairedRatio] = field(default_factory=dict)
    _doubts: list[int] | None = None

    def __post_init__(self) -> None:
        self._outcomes[0] = "within"  # it is what the others are compared with

    @property
    def next(self) -> str | None:
        """Return the release to try next, or None when none is left."""
        place = self._next()
        return None if place is None else self.releases[place]

    @property
    def is_worse(self) -> bool:
        """Return True if the last release was found to be bad."""
        return self._outcomes.get(self._last) == "regressed"

    @property
    def unsure(self) -> bool:
        """Return True if the last release could not be judged."""
        return self._outcomes.get(self._last) == "inconclusive"

    @property
    def turns(self) -> list[Turn]:
        """Return every change between good and bad that was seen, in the order of the releases."""
        return list(self._turns())

    @property
    def bad(self) -> list[str]:
        """Return the releases that were found to be bad, in order."""
        return [self.releases[place] for place, outcome in sorted(self._outcomes.items()) if outcome == "regressed"]

    @property
    def tried(self) -> list[tuple[str, LookOutcome, float | None]]:
        """Return the releases that were tried, in order, each with its outcome, and its ratio if it is worse."""
        ratios = {place: ratio.value for place, ratio in self._ratios.items()}
        tried = sorted(self._outcomes.items())[1:]  # the first is what they were compared with
        return [(self.releases[place], outcome, ratios.get(place)) for place, outcome in tried]

    @property
    def untried(self) -> list[str]:
        """Return the releases that were not tried, or not judged, in order."""
        return [release for place, release in enumerate(self.releases) if place not in self._judged()]

    @property
    def unlike(self) -> tuple[str, str] | None:
        """Return two bad releases that are certainly not equally bad, the two that differ most; None if there are none.

        Then there may have been another change between them.
        """
        pairs = [pair for pair in combinations(sorted(self._ratios), 2) if self._differ(*pair)]
        if not pairs:
            return None
        logs = {place: math.log(ratio.value) for place, ratio in self._ratios.items()}
        first, second = max(pairs, key=lambda pair: abs(logs[pair[0]] - logs[pair[1]]))
        return self.releases[first], self.releases[second]

    def ratio_of(self, release: str) -> float:
        """Return the figure of a bad release over that of the good one."""
        return self._ratios[self.releases.index(release)].value

    def add(self, outcome: LookOutcome, ratio: PairedRatio | None = None) -> None:
        """Add the outcome of the next release, and its ratio if known. Raises ValueError when there is none."""
        place = self._next()
        if place is None:
            raise ValueError("the search is over: no release is left to try")
        self._outcomes[place] = outcome
        if ratio and outcome == "regressed":
            self._ratios[place] = ratio

    @property
    def _last(self) -> int:
        return len(self.releases) - 1

    def _judged(self) -> list[int]:
        return sorted(place for place, outcome in self._outcomes.items() if outcome != "inconclusive")

    def _next(self) -> int | None:
        if self._last not in self._outcomes:
            return self._last
        if not self.is_worse:
            return None
        if self._doubts is None:
            if (place := self._between_ends()) is not None:
                return place
            self._doubts = self._places_to_doubt()
        return next((place for place in self._doubts if place not in self._outcomes), None)

    def _between_ends(self) -> int | None:
        """Return the release in the middle between the last good and the first bad one."""
        bad = min(place for place, outcome in self._outcomes.items() if outcome == "regressed")
        good = max(place for place in self._judged() if place < bad)
        left = [place for place in range(good + 1, bad) if place not in self._outcomes]
        return min(left, key=lambda place: abs(place - (good + bad) / 2), default=None)

    def _places_to_doubt(self) -> list[int]:
        """Return the ends and the middles of what the search took for bad, and for good, without having tried it."""
        bad = min(place for place, outcome in self._outcomes.items() if outcome == "regressed")
        good = max(place for place in self._judged() if place < bad)
        return [self._last - 1, (bad + self._last) // 2, 1, good // 2]

    def _turns(self) -> Iterator[Turn]:
        for before, after in pairwise(self._judged()):
            if self._outcomes[before] != self._outcomes[after]:
                between = tuple(self.releases[before + 1 : after])
                worse = self._outcomes[after] == "regressed"
                yield Turn(self.releases[before], self.releases[after], worse, between)

    def _differ(self, first: int, second: int) -> bool:
        one, other = self._ratios[first], self._ratios[second]
        if one.low is None or one.high is None or other.low is None or other.high is None:
            return False
        return one.high < other.low or other.high < one.low
