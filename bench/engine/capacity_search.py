"""Decides which rate to try next in the search for the highest rate that a subject sustains.

This is the search alone: it sends nothing and reads no clock. Only the ratios of rates matter, so it moves in factors
and bisects by the geometric mean.
"""

import math
from dataclasses import dataclass, field

__all__ = ["CapacitySearch", "SearchResult"]

_UP = 1.25
_DOWN = 0.8
_FLOOR = 1 / 64  # of the first rate: a subject that fails even there has no capacity worth a number


@dataclass(frozen=True)
class SearchResult:
    """The confirmed rate, or else the highest rate that passed below every bound; None if no rate passed.

    ``at_least`` is true if the limit is not the subject's: the generator could send no faster, or the search ran out of
    probes. ``failed_above_per_s`` is the lowest rate that the subject failed to sustain; None if it never failed.
    """

    rate_per_s: float | None
    at_least: bool
    probes: int
    failed_above_per_s: float | None


@dataclass
class CapacitySearch:
    """Brackets the capacity in steps of a quarter, narrows it down to ``precision`` (0.05: 5 %), and confirms it.

    A rate is confirmed when it passes ``confirmations`` more times. If it fails, the search starts to confirm a rate
    that is lower by one ``precision``. There are at most ``most_probes`` probes, and no rate below 1/64 of the first is
    tried. A single failure bounds the result, whatever caused it, so repeat a probe that an outside event spoiled. If
    the capacity varies by 2 % from probe to probe, the result is 0 to 8 % below its middle, and hardly ever above.
    """

    first_rate_per_s: float
    confirmations: int = 3
    precision: float = 0.05
    most_probes: int = 24
    confirmed: int = field(default=0, init=False)
    """How often the found rate passed again; less than ``confirmations`` if the search ran out of probes."""
    _rate_per_s: float = field(init=False)  # the next to try
    _probes: int = field(default=0, init=False)
    _passed_per_s: list[float] = field(default_factory=list, init=False)
    _failed_per_s: float = field(default=math.inf, init=False)  # the lowest that failed
    _unsent_per_s: float = field(default=math.inf, init=False)  # the lowest that the generator could not send
    _confirming: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if min(self.first_rate_per_s, self.confirmations, self.precision, self.most_probes) <= 0:
            raise ValueError("first_rate_per_s, confirmations, precision and most_probes must be above 0")
        self._rate_per_s = self.first_rate_per_s

    def next_rate_per_s(self) -> float | None:
        """Return the rate to try next; it changes only with ``add``. None when the search is over."""
        over = self._probes >= self.most_probes or self.confirmed >= self.confirmations
        return None if over or self._rate_per_s < self.first_rate_per_s * _FLOOR else self._rate_per_s

    def add(self, passed: bool, *, limited_by_generator: bool = False) -> None:
        """Record how the next rate went. A rate that the generator could not send did not pass, whatever its tasks did.

        Raises ValueError when the search is over.
        """
        rate = self.next_rate_per_s()
        if rate is None:
            raise ValueError("the search is over: there is no rate to add")
        self._probes += 1
        if limited_by_generator:
            self._unsent_per_s = rate
        elif not passed:
            self._failed_per_s = rate
        else:
            self._passed_per_s.append(rate)
        self._rate_per_s = self._confirm(rate) if self._confirming else self._narrow()

    @property
    def confirming(self) -> bool:
        """Whether the next rate has passed already and is only confirmed."""
        return self._confirming

    @property
    def result(self) -> SearchResult:
        """The result so far; it is final when there is no next rate."""
        below = [rate for rate in self._passed_per_s if rate < self._bound_per_s]
        return SearchResult(
            rate_per_s=self._rate_per_s if self.confirmed else max(below, default=None),
            at_least=self._failed_per_s > self._bound_per_s or self._bound_per_s == math.inf,
            probes=self._probes,
            failed_above_per_s=self._failed_per_s if self._failed_per_s < math.inf else None,
        )

    @property
    def _bound_per_s(self) -> float:
        return min(self._failed_per_s, self._unsent_per_s)

    def _narrow(self) -> float:
        """Return the next rate while the bracket is open or too wide; after that, the rate to confirm."""
        low, high = max(self._passed_per_s, default=0.0), self._bound_per_s
        if high == math.inf:
            return low * _UP
        if not low:
            return high * _DOWN
        self._confirming = high / low <= 1 + self.precision
        return low if self._confirming else math.sqrt(low * high)

    def _confirm(self, rate_per_s: float) -> float:
        """Return the same rate if it passed, and a lower one if it did not."""
        if rate_per_s < self._bound_per_s:
            self.confirmed += 1
            return rate_per_s
        self.confirmed = 0
        return rate_per_s / (1 + self.precision)
