"""Which rate to try next, to find the highest that a subject holds.

A search by itself: it sends nothing and knows no clock. Only the ratios of rates matter, so it steps by factors, and
halves what is left by the geometric mean.
"""

import math
from dataclasses import dataclass, field

__all__ = ["CapacitySearch", "SearchResult"]

_UP = 1.25
_DOWN = 0.8
_FLOOR = 1 / 64  # of the first rate: who is that far off has no capacity worth a number


@dataclass(frozen=True)
class SearchResult:
    """The rate that was confirmed, or else the highest that passed under every bound; None where none did.

    ``at_least``: what bounds it is not the subject but the generator, which could send no faster, or that the probes
    were used up. ``failed_above_per_s`` is the lowest rate that the subject failed to hold; None where it never failed.
    """

    rate_per_s: float | None
    at_least: bool
    probes: int
    failed_above_per_s: float | None


@dataclass
class CapacitySearch:
    """Brackets the capacity in steps of a quarter, narrows it down to ``precision`` (0.05: 5 %), and confirms it.

    A rate is confirmed by passing ``confirmations`` times more. When that fails, the next lower rate, by one
    ``precision``, is confirmed anew. There are never more than ``most_probes``, and nothing is tried below 1/64 of the
    first rate. One failure, of whatever cause, bounds the result: repeat a probe that a foreign event spoilt. Where the
    capacity varies by 2 % from probe to probe, the result is 0 to 8 % below its middle, and hardly ever above.
    """

    first_rate_per_s: float
    confirmations: int = 3
    precision: float = 0.05
    most_probes: int = 24
    confirmed: int = field(default=0, init=False)
    """How often the rate found passed again; fewer than ``confirmations`` where the probes were used up."""
    _rate_per_s: float = field(init=False)  # to be tried next
    _probes: int = field(default=0, init=False)
    _passed_per_s: list[float] = field(default_factory=list, init=False)
    _failed_per_s: float = field(default=math.inf, init=False)  # the lowest
    _unsent_per_s: float = field(default=math.inf, init=False)  # the lowest that the generator could not send
    _confirming: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if min(self.first_rate_per_s, self.confirmations, self.precision, self.most_probes) <= 0:
            raise ValueError("a search's first rate, confirmations, precision and probes are above 0")
        self._rate_per_s = self.first_rate_per_s

    def next_rate_per_s(self) -> float | None:
        """Return the rate to try next, until that is added the same; None when the search is over."""
        over = self._probes >= self.most_probes or self.confirmed >= self.confirmations
        return None if over or self._rate_per_s < self.first_rate_per_s * _FLOOR else self._rate_per_s

    def add(self, passed: bool, *, limited_by_generator: bool = False) -> None:
        """Note how the next rate went. What the generator could not send did not pass, whatever became of the tasks.

        Raises ValueError when the search is over.
        """
        rate = self.next_rate_per_s()
        if rate is None:
            raise ValueError("the search is over: there is no rate that could have been tried")
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
        """Whether the next rate was found already, and is tried once more."""
        return self._confirming

    @property
    def result(self) -> SearchResult:
        """What is known so far: final when there is no next rate."""
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
        """Return the next rate while the bracket is open or too wide, and else the one to confirm."""
        low, high = max(self._passed_per_s, default=0.0), self._bound_per_s
        if high == math.inf:
            return low * _UP
        if not low:
            return high * _DOWN
        self._confirming = high / low <= 1 + self.precision
        return low if self._confirming else math.sqrt(low * high)

    def _confirm(self, rate_per_s: float) -> float:
        """Return the same rate after it passed, and a lower one when it did not."""
        if rate_per_s < self._bound_per_s:
            self.confirmed += 1
            return rate_per_s
        self.confirmed = 0
        return rate_per_s / (1 + self.precision)
