"""What the turns of a figure took of the machine: the evidence for a figure's reason.

It is accumulated as blocks arrive, and can be derived again from a result's blocks; memory does not grow with the
turns.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bench.metrics.metric import TurnPart
from bench.records.effort import Effort, Pauses, Role
from bench.records.turns import Block, Key, Series, Turn

__all__ = ["Evidence", "Evidences"]

_IN_AN_OCTAVE = 8  # kinds of pauses: those of a kind differ by at most 9 %
_HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Of one subject's turns of one series, without warm-up blocks; void turns are in it.

    ``operations`` calls or tasks took ``counted_ns``, as the figure counts them: warm-up calls and prefetched tasks are
    in neither. The efforts are those of the turns whose effort is known, which took ``wall_ns``; ``cpu_ns`` has the CPU
    times by role, and ``known_ns`` the part of ``wall_ns`` in which that time is known.
    """

    turns: int
    operations: int
    counted_ns: int
    wall_ns: int = 0
    cpu_ns: Mapping[Role, int] = field(default_factory=dict)
    known_ns: Mapping[Role, int] = field(default_factory=dict)
    ready_ns: Mapping[Role, int] = field(default_factory=dict)
    """For how long a process of a role could have run, but had no core; missing where that is unknown."""
    throttled_ns: int | None = None
    """For how long the run's control group was stopped; None without a CPU quota."""
    disk_ns: int | None = None
    """For how long the server's processes, or else any program, waited for a disk; None where that is not counted."""
    syncs: int | None = None
    """How often the disk that has the server's files was told to write out what it held, by any program."""
    written_bytes: int | None = None
    """What the server's processes wrote to disks; None if unknown. Without any, the syncs are other programs'."""
    pauses: Pauses | None = None
    """Of all turns together, in which tasks waited and none ran; None if that never was so, or is unknown."""
    message_bytes: float | None = None
    """The size of a task's message as the producer serialized it, body and headers; the mean over the turns."""
    other_cores: float | None = None
    """The mean number of cores that other programs used during the blocks; None if unknown."""

    def cores(self, role: Role) -> float | None:
        """Return how many cores a role used during the turns, on average; None if unknown."""
        known_ns = self.known_ns.get(role)
        return self.cpu_ns[role] / known_ns if known_ns else None

    @property
    def per_operation_ns(self) -> float:
        """Return how long one operation took, on average."""
        return self.counted_ns / max(self.operations, 1)


@dataclass
class _Mean:
    number: int = 0
    total: float = 0.0

    def add(self, value: float | None) -> None:
        if value is not None:
            self.number += 1
            self.total += value

    @property
    def value(self) -> float | None:
        return self.total / self.number if self.number else None


@dataclass
class _Efforts:
    """The sums of several efforts."""

    wall_ns: int = 0
    cpu_ns: defaultdict[Role, int] = field(default_factory=lambda: defaultdict(int))
    known_ns: defaultdict[Role, int] = field(default_factory=lambda: defaultdict(int))
    ready_ns: defaultdict[Role, int] = field(default_factory=lambda: defaultdict(int))
    others: dict[str, int] = field(default_factory=dict)

    def add(self, effort: Effort) -> None:
        self.wall_ns += effort.wall_ns
        for role, spent_ns in effort.cpu_ns.items():
            self.cpu_ns[role] += spent_ns
            self.known_ns[role] += effort.wall_ns
        for role, waited_ns in effort.ready_ns.items():
            self.ready_ns[role] += waited_ns
        for name in ("throttled_ns", "disk_ns", "syncs", "written_bytes"):
            if (value := getattr(effort, name)) is not None:
                self.others[name] = self.others.get(name, 0) + value


@dataclass
class _Alike:
    """The long pauses of turns in which they were about equally long: sums over the pauses."""

    count: int = 0
    total_ns: int = 0
    typical_ns: int = 0
    scatter_ns: int = 0
    tasks_between: float = 0.0

    def add(self, pauses: Pauses) -> None:
        self.count += pauses.count
        self.total_ns += pauses.total_ns
        self.typical_ns += pauses.count * pauses.typical_ns
        self.scatter_ns += pauses.count * pauses.scatter_ns
        self.tasks_between += pauses.count * pauses.tasks_between

    @property
    def mean_ns(self) -> float:
        """The mean of their typical lengths."""
        return self.typical_ns / self.count


@dataclass
class _Pausing:
    """The pauses of many turns. Which of them are the long ones is decided as within a turn: see ``Pauses``."""

    span_ns: int = 0
    idle_ns: int = 0
    _kinds: defaultdict[int, _Alike] = field(default_factory=lambda: defaultdict(_Alike))

    def add(self, pauses: Pauses) -> None:
        self.span_ns += pauses.span_ns
        self.idle_ns += pauses.idle_ns
        self._kinds[round(_IN_AN_OCTAVE * math.log2(max(pauses.typical_ns, 1)))].add(pauses)

    def record(self) -> Pauses | None:
        if not self._kinds:
            return None
        kinds = sorted(self._kinds.values(), key=lambda kind: kind.mean_ns)
        middle_ns = _median((kind.mean_ns, kind.total_ns) for kind in kinds)
        long = [kind for kind in kinds if kind.mean_ns >= _HALF * middle_ns]
        typical_ns = _median((kind.mean_ns, kind.count) for kind in long)
        count = sum(kind.count for kind in long)
        away_ns = sum(kind.scatter_ns + kind.count * abs(kind.mean_ns - typical_ns) for kind in long)
        return Pauses.model_construct(  # unchecked: sums of what a made-up document contains may be beyond a record's
            span_ns=self.span_ns,
            idle_ns=self.idle_ns,
            count=count,
            total_ns=sum(kind.total_ns for kind in long),
            typical_ns=round(typical_ns),
            scatter_ns=round(away_ns / count),
            tasks_between=round(sum(kind.tasks_between for kind in long) / count, 1),
        )


def _median(weighed: Iterable[tuple[float, int]]) -> float:
    """Return the middle of (value, weight), in the order of their values."""
    known = list(weighed)
    left = sum(weight for _, weight in known) / 2
    for value, weight in known:
        left -= weight
        if left <= 0:
            return value
    return known[-1][0]


@dataclass
class _Found:
    """What is known about one subject in one series."""

    turns: int = 0
    operations: int = 0
    counted_ns: int = 0
    efforts: _Efforts = field(default_factory=_Efforts)
    pausing: _Pausing = field(default_factory=_Pausing)
    message_bytes: _Mean = field(default_factory=_Mean)
    other_cores: _Mean = field(default_factory=_Mean)

    def add(self, part: TurnPart) -> None:
        self.turns += 1
        self.operations += part.events
        self.counted_ns += part.duration_ns
        if part.pauses:
            self.pausing.add(part.pauses)

    def add_turn(self, turn: Turn, block: Block) -> None:
        self.other_cores.add(block.other_cores)
        self.message_bytes.add(turn.message_bytes)
        if turn.effort:
            self.efforts.add(turn.effort)

    def evidence(self) -> Evidence:
        return Evidence(
            turns=self.turns,
            operations=self.operations,
            counted_ns=self.counted_ns,
            wall_ns=self.efforts.wall_ns,
            cpu_ns=dict(self.efforts.cpu_ns),
            known_ns=dict(self.efforts.known_ns),
            ready_ns=dict(self.efforts.ready_ns),
            throttled_ns=self.efforts.others.get("throttled_ns"),
            disk_ns=self.efforts.others.get("disk_ns"),
            syncs=self.efforts.others.get("syncs"),
            written_bytes=self.efforts.others.get("written_bytes"),
            pauses=self.pausing.record(),
            message_bytes=self.message_bytes.value,
            other_cores=self.other_cores.value,
        )


@dataclass
class Evidences:
    """The evidence of every series and subject. Takes in the turns of a run as they arrive, without the warm-up."""

    _found: dict[tuple[Series, Key], _Found] = field(default_factory=lambda: defaultdict(_Found))

    def add(self, block: Block, turn: Turn, parts: Iterable[tuple[Series, TurnPart]]) -> None:
        """Take in a turn of a block, with what it adds to which series.

        What it took of the machine is evidence for the first of its parts alone: the one that was measured last. A turn
        of several figures that were measured one after the other, none of which can be void, is none for any.
        """
        added = list(parts)
        for place, (series, part) in enumerate(added):
            found = self._found[series, (turn.subject, turn.layer)]
            found.add(part)
            if len(added) == 1 or (place == 0 and part.void is not None):
                found.add_turn(turn, block)

    def of(self, series: Series, key: Key) -> Evidence | None:
        """Return the evidence for a figure; None if it had no turn."""
        return self._found[series, key].evidence() if (series, key) in self._found else None
