"""Finds the first bad release in a list of which the first is good and the last is supposed to be bad.

This is only the search: it measures nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.stats.looks import LookOutcome

__all__ = ["Bisection"]


@dataclass
class Bisection:
    """Halve the range between the last release known to be good and the first known to be bad.

    The last release is tried first: if it is not bad, there is nothing to find. A release that cannot be judged is
    skipped, and its neighbours are tried.
    """

    releases: Sequence[str]
    _good: int = 0
    _bad: int | None = None
    _unknown: set[int] = field(default_factory=set)
    _over: bool = False

    @property
    def next(self) -> str | None:
        """Return the release to try next, or None when none is left."""
        place = self._next()
        return None if place is None else self.releases[place]

    @property
    def first_bad(self) -> str | None:
        """Return the earliest release found to be bad, or None."""
        return None if self._bad is None else self.releases[self._bad]

    @property
    def last_good(self) -> str:
        """Return the latest release known to be good."""
        return self.releases[self._good]

    @property
    def unsure(self) -> bool:
        """Return True if a release could not be judged."""
        return bool(self._unknown)

    @property
    def between(self) -> list[str]:
        """Return the releases between the last good and the first bad one: they could not be judged."""
        return [] if self._bad is None else list(self.releases[self._good + 1 : self._bad])

    def add(self, outcome: LookOutcome) -> None:
        """Add the outcome of the next release. Raises ValueError when there is none."""
        place = self._next()
        if place is None:
            raise ValueError("the search is over: no release is left to try")
        if outcome == "inconclusive":
            self._unknown.add(place)
        if self._bad is None:
            self._over = outcome != "regressed"
        if outcome == "regressed":
            self._bad = place
        elif outcome == "within":
            self._good = place

    def _next(self) -> int | None:
        if self._over:
            return None
        if self._bad is None:
            return len(self.releases) - 1
        left = [place for place in range(self._good + 1, self._bad) if place not in self._unknown]
        middle = (self._good + self._bad) / 2
        return min(left, key=lambda place: abs(place - middle), default=None)
