"""When a turn of an open loop is void, and how it is taken again: once longer, and then at a lower rate.

The generator is late while other programs take its core; that passes, and weighs less in a longer turn. A lower rate
helps only if the rate itself could not be sent: it does not make the generator any more punctual.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from bench.stats.histogram import Histogram

__all__ = ["Pacing", "Patience", "is_unsent", "void_reason"]

T = TypeVar("T")

_LEAST_ACHIEVED = 0.99  # of the intended rate
_MOST_LAG = 0.05  # of the latency, both at their p99
_LONGER = 2
_LOWER = 0.8
_MOST_FAILED = 2  # turns in a row that were void however they were taken: the machine is too busy to try on


def is_unsent(rate_per_s: float, sent: int, sending_ns: int) -> bool:
    """Return True if tasks were sent at less than 99 % of the intended rate."""
    return sent / sending_ns * 1e9 < _LEAST_ACHIEVED * rate_per_s


def void_reason(rate_per_s: float, sent: int, sending_ns: int, lag: Histogram, latency: Histogram) -> str | None:
    """Return why figures are void, from the generator's lag and the latency; None if they are not."""
    if is_unsent(rate_per_s, sent, sending_ns):
        achieved = sent / sending_ns * 1e9
        return f"only {achieved:.0f} of {rate_per_s:.0f} tasks a second were sent: less than 99 %"
    if not latency.total:
        return None
    lag_ns, latency_ns = (counted.quantile(0.99) for counted in (lag, latency))
    if lag_ns > _MOST_LAG * latency_ns:
        return f"the generator's lag is {lag_ns / latency_ns:.0%} of the latency, both at p99: more than 5 %"
    return None


@dataclass
class Patience:
    """Ends the trying of a whole run, which would leave too little time for what was not measured yet."""

    failed: int = 0

    @property
    def is_over(self) -> bool:
        """Whether void turns are not taken again any more."""
        return self.failed >= _MOST_FAILED

    def note(self, *, is_good: bool) -> None:
        """Take in whether a turn that was taken again is good now."""
        self.failed = 0 if is_good else self.failed + 1


@dataclass
class Pacing:
    """What one subject's turns at one place have shown. ``share`` is the share of the place's rate that is sent."""

    patience: Patience
    share: float = 1.0
    _is_kept: bool = field(default=False, init=False)

    def tries(
        self, send: Callable[[float, int], T], is_void: Callable[[T], bool], is_too_fast: Callable[[T], bool]
    ) -> list[T]:
        """Return the tries of a turn, of which only the last counts; all are void except, with luck, the last.

        ``send`` takes a turn at a share of the rate, and that many times as long. The rate is lowered only if it was
        ``is_too_fast``, and only before any turn has kept it: turns at different rates are not of one place.
        """
        tries = [send(self.share, 1)]
        if is_void(tries[-1]) and not self.patience.is_over:
            tries.append(send(self.share, _LONGER))
            if is_void(tries[-1]) and not self._is_kept and is_too_fast(tries[-1]):
                self._try_lower(tries, send, is_void)
            self.patience.note(is_good=not is_void(tries[-1]))
        self._is_kept |= not is_void(tries[-1])
        return tries

    def _try_lower(self, tries: list[T], send: Callable[[float, int], T], is_void: Callable[[T], bool]) -> None:
        """Try a lower rate. If it is void, too, it is put before the others: the place keeps its rate."""
        lower = send(_LOWER * self.share, _LONGER)
        if is_void(lower):
            tries.insert(0, lower)
        else:
            tries.append(lower)
            self.share *= _LOWER
