"""Whether relays kept the distances: figures at a distance that was not kept are void."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bench.figures.disturbance import FEWEST_CORES, Disturbances, is_busy
from bench.metrics.registry import find_metric
from bench.records.figures import Capacity, PhaseFigure
from bench.records.provenance import SubjectRecord, WayRecord
from bench.records.turns import Block, Key, Layer, MetricName, RelayedTurn, Series
from bench.text.names import metric_words
from bench.text.numbers import duration, percent, plural, round_trip

__all__ = ["Relays"]

R = TypeVar("R", Capacity, PhaseFigure)
_NEARLY_BUSY = 0.8  # of its time: a relay that works longer may be what limits the turn
_MANY_TURNS = 0.05  # of a series: fewer busy ones hardly move a figure
_LATE_P99_NS = 500_000  # more than a network's own scatter
_REMEDY = "measure again on a quieter machine"
_BYPASSED = (
    "a connection of its processes went straight to the server, past the relay: connect after the import of the app, "
    "by the host name of the broker's URL"
)


@dataclass
class _Turns:
    """What a relay passed on in all turns of one series. Each turn counts as often as it had pieces."""

    pieces: int = 0
    late_ns: float = 0.0
    late_p99_ns: float = 0.0
    turns: int = 0
    busy_turns: int = 0
    busiest: float = 0.0
    """The highest share of a turn in which the relay was at work."""

    def add(self, turn: RelayedTurn) -> None:
        self.pieces += turn.pieces
        self.late_ns += turn.late_ns * turn.pieces
        self.late_p99_ns += turn.late_p99_ns * turn.pieces
        self.turns += 1
        self.busy_turns += turn.busy >= _NEARLY_BUSY
        self.busiest = max(self.busiest, turn.busy)


@dataclass
class Relays:
    """Takes in the blocks of a run as they arrive, without the warm-up.

    ``disturbances`` counts what other programs used meanwhile, for the reason of a distance that was not kept.
    """

    disturbances: Disturbances = field(default_factory=lambda: Disturbances(FEWEST_CORES))
    _turns: dict[tuple[Series, Key], _Turns] = field(default_factory=lambda: defaultdict(_Turns))

    def add(self, block: Block) -> None:
        """Take in a block."""
        self.disturbances.add(block)
        series = Series(block.metric, tuple(block.at.items()))
        for turn in block.turns:
            if turn.relay:
                self._turns[series, (turn.subject, turn.layer)].add(turn.relay)

    def why_void(self, series: Series, key: Key, subject: SubjectRecord) -> str | None:
        """Return why the figures of a series are void; None if the distance was kept, or there is none.

        What was kept is what the raw client measured before the run, and both ways whatever pieces were later in the
        turns than they were then.
        """
        way, found = subject.way_at(series.at), self._found(series, key)
        if way is None or key[1] == "memory":  # Celery on memory is no subject's server
            return None
        if found and not any(turns.pieces for turns in found):
            return "nothing passed through the relay: the client reaches its server by another address"
        if way.bypassed:
            return _BYPASSED
        took_ns = way.rtt_ns if way.missed else way.rtt_ns + _later_ns(found, way)
        return self._why_wrong(way, took_ns) if way.is_wrong(took_ns) else None

    def _why_wrong(self, way: WayRecord, took_ns: float) -> str:
        """Return why a distance was not kept, and what to do about that."""
        took = _took(way, took_ns)
        if share := self._busy_share():
            busy = f"the machine was busy (other programs used {percent(share)} of its cores)"
            return f"{busy}, and {took}: end other programs and measure again"
        if way.missed:
            return f"the distance was not the one asked for: {took}: {_remedy(way)}"
        return f"the distance was not kept: with its late pieces, {took}: {_REMEDY}"

    def _busy_share(self) -> float:
        """Return the share of the cores that other programs used, if it was enough to disturb the run; else 0."""
        used, cores = self.disturbances.other_cores, self.disturbances.cores
        return used / cores if used and is_busy(used, cores) else 0.0

    def judged(
        self, records: Sequence[R], metric: MetricName, layer: Layer, subjects: Iterable[SubjectRecord]
    ) -> list[R]:
        """Return a metric's own records, each with why it is void."""
        known = {one.label: one for one in subjects}

        def why(one: R) -> str | None:
            return self.why_void(Series(metric, tuple(one.at.items())), (one.subject, layer), known[one.subject])

        return [one.model_copy(update={"void": why(one)}) for one in records]

    def _found(self, series: Series, key: Key) -> list[_Turns]:
        """Return the turns of a series or of a part of one."""
        at = series.at.items()
        return [
            turns
            for (other, own), turns in self._turns.items()
            if own == key and other.metric == series.metric and other.at.items() <= at
        ]

    def warnings(self) -> list[str]:
        """Return a sentence for each subject whose relay was nearly always at work, or late once in a while."""
        return [*_worst(self._busy()), *_worst(self._late())]

    def _figures(self) -> Iterator[tuple[tuple[Series, str], _Turns]]:
        """Yield the turns behind the rows of Celery itself: what is metered has another relay."""
        for (series, (label, layer)), found in self._turns.items():
            if layer == "celery" and find_metric(series.metric).in_rows:
                yield (series, label), found

    def _busy(self) -> Iterator[tuple[str, float, str]]:
        for (series, label), found in self._figures():
            if found.busy_turns > _MANY_TURNS * found.turns:
                often = f"in {found.busy_turns} of {plural(found.turns, 'turn')} of {metric_words(series.metric)}"
                busy = f"the relay of {label} was at work for up to {percent(found.busiest)} of the time {often}"
                yield label, found.busiest, f"{busy}: it may be what limits the figure"

    def _late(self) -> Iterator[tuple[str, float, str]]:
        for (series, label), found in self._figures():
            late_ns = found.late_p99_ns / max(found.pieces, 1)
            if late_ns > _LATE_P99_NS:
                pieces = f"1 % of the pieces of {label} in {metric_words(series.metric)}"
                yield label, late_ns, f"{pieces} were over {duration(late_ns)} late: its high percentiles include that"


def _later_ns(found: list[_Turns], way: WayRecord) -> float:
    """Return how much longer round trips took than the pings did, because pieces were later than theirs."""
    pieces = sum(turns.pieces for turns in found)
    return 2 * (sum(turns.late_ns for turns in found) / pieces - (way.late_ns or 0)) if pieces else 0.0


def _remedy(way: WayRecord) -> str:
    """Return what to do about a distance that was missed: no quiet machine helps if the relay takes longer itself."""
    own_ns = way.relay_ns or 0
    is_too_near = way.rtt_ns > way.due_ns and own_ns > way.due_ns
    return f"the relay itself takes {round_trip(own_ns)}: ask for more" if is_too_near else _REMEDY


def _took(way: WayRecord, took_ns: float) -> str:
    return f"round trips took {round_trip(took_ns)} longer instead of {round_trip(way.due_ns)}"


def _worst(found: Iterator[tuple[str, float, str]]) -> list[str]:
    """Return the sentence with the highest value for each label."""
    worst: dict[str, tuple[float, str]] = {}
    for label, value, text in found:
        worst[label] = max(worst.get(label, (0.0, "")), (value, text))
    return [text for _, text in worst.values()]
