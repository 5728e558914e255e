"""How many pieces a relay passed on, and how late: the evidence that it kept a distance."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Passed", "Passing"]

_MOST_US = 1_000_000
_FINE_US, _COARSE_US = 1_000, 100  # otherwise a busy machine would make a million counts


@dataclass(frozen=True, kw_only=True)
class Passed:
    """Counts of some time; ``one + other`` is what passed in both.

    ``late_us`` counts the delayed pieces by how many microseconds after their time they were sent on, without those for
    which the receiver had no room. The times are rounded down, to 100 us from a millisecond on. ``worked_ns`` is how
    long the relay did not wait in ``passed_ns``: of two relays in one process, both did.
    """

    pieces: int = 0
    late_us: Mapping[int, int] = field(default_factory=dict)
    worked_ns: int = 0
    passed_ns: int = 0

    def __add__(self, other: "Passed") -> "Passed":
        return Passed(
            pieces=self.pieces + other.pieces,
            late_us=Counter(self.late_us) + Counter(other.late_us),
            worked_ns=self.worked_ns + other.worked_ns,
            passed_ns=self.passed_ns + other.passed_ns,
        )

    def late_ns(self, share: float) -> int:
        """Return how late that share of the delayed pieces was at most, in nanoseconds; 0 without any."""
        left = share * sum(self.late_us.values())
        for late_us in sorted(self.late_us):
            left -= self.late_us[late_us]
            if left <= 0:
                return late_us * 1_000
        return 0


class Passing:
    """The counts of one relay, and its errors, that grow in one thread."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.pieces = 0
        self._late_us: Counter[int] = Counter()

    def note(self, late_ns: int | None) -> None:
        """Count a piece that was sent on that late; None if it had no time."""
        self.pieces += 1
        if late_ns is not None:
            late_us = min(late_ns // 1_000, _MOST_US)
            self._late_us[late_us if late_us < _FINE_US else late_us - late_us % _COARSE_US] += 1

    def take(self) -> tuple[int, dict[int, int]]:
        """Return the pieces, and how many were how late, since the last time."""
        taken = self.pieces, dict(self._late_us)
        self.pieces = 0
        self._late_us.clear()
        return taken
