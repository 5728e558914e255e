"""Whether relays kept the distances: figures at a distance that was not kept are void."""

from collections import defaultdict
from dataclasses import dataclass, field

from bench.records.provenance import SubjectRecord
from bench.records.turns import Block, Key, Series
from bench.text.numbers import duration, percent

__all__ = ["Relays"]

_MOST_WRONG = 0.05  # of the distance
_LEAST_NS = 15_000  # by which a round trip may be wrong in any case: a client's own scatter is as large
_NEARLY_BUSY = 0.8  # of its time: a relay that works longer may be what limits the figure


@dataclass
class _Turns:
    """What a relay passed on in all turns of one series."""

    pieces: int = 0
    late_ns: float = 0.0
    """The sum of the medians, each as often as it had pieces."""
    busy: float = 0.0
    """The highest share of a turn."""


@dataclass
class Relays:
    """Takes in the blocks of a run as they arrive, without the warm-up."""

    _turns: dict[tuple[Series, Key], _Turns] = field(default_factory=lambda: defaultdict(_Turns))

    def add(self, block: Block) -> None:
        """Take in a block."""
        series = Series(block.metric, tuple(block.at.items()))
        for turn in block.turns:
            if turn.relay:
                found = self._turns[series, (turn.subject, turn.layer)]
                found.pieces += turn.relay.pieces
                found.late_ns += turn.relay.late_ns * turn.relay.pieces
                found.busy = max(found.busy, turn.relay.busy)

    def why_void(self, series: Series, key: Key, subject: SubjectRecord) -> str | None:
        """Return why the figures of a series are void; None if the distance was kept, or there is none."""
        way = next((one for one in subject.ways if one.at.items() <= series.at.items()), None)
        if way is None:
            return None
        if not self._has_passed(series, key):
            return "nothing passed through the relay: the client reaches its server by another address"
        rtt_ns = way.distance.rtt_ns
        wrong_ns = (way.added_ns - rtt_ns if way.added_ns is not None else 0) + 2 * self._late_ns(series, key)
        if abs(wrong_ns) <= max(_MOST_WRONG * rtt_ns, _LEAST_NS):
            return None
        return f"round trips took {duration(rtt_ns + wrong_ns)} instead of {duration(rtt_ns)}"

    def _has_passed(self, series: Series, key: Key) -> bool:
        """Return False if there were turns, and the relay passed nothing on in any of them."""
        found = self._found(series, key)
        return not found or any(turns.pieces for turns in found)

    def _found(self, series: Series, key: Key) -> list[_Turns]:
        """Return the turns of a series or of a part of one."""
        at = series.at.items()
        return [
            turns
            for (other, own), turns in self._turns.items()
            if own == key and other.metric == series.metric and other.at.items() <= at
        ]

    def _late_ns(self, series: Series, key: Key) -> float:
        """Return how late pieces were, on average, in the turns of a series or of a part of one."""
        found = self._found(series, key)
        pieces = sum(turns.pieces for turns in found)
        return sum(turns.late_ns for turns in found) / pieces if pieces else 0.0

    def warnings(self) -> list[str]:
        """Return a sentence for each subject whose relay was nearly always at work."""
        busiest: dict[str, tuple[float, str]] = {}
        for (series, (label, _)), found in self._turns.items():
            if found.busy >= _NEARLY_BUSY:
                busiest[label] = max(busiest.get(label, (0.0, "")), (found.busy, series.metric))
        return [
            f"the relay of {label} worked for {percent(busy)} of a turn of {metric}: it may be what limits the figure"
            for label, (busy, metric) in busiest.items()
        ]
