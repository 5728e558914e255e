"""Where and how something was measured: the machine, the harness, the subjects and their servers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

from bench.records.bounds import Count, Few, Many, Name, Number, PositiveCount, Whole
from bench.records.distance import Distance
from bench.records.quantities import short_duration
from bench.records.strict import Record
from bench.records.turns import MetricName, Place
from bench.records.workload import Workload
from brokers.protocol import Server, Tier

__all__ = [
    "Counts",
    "Environment",
    "FailedPoint",
    "OwnLimit",
    "ServerRecord",
    "Status",
    "SubjectRecord",
    "WayRecord",
    "own_limits",
    "refuse_twice",
    "subject_name",
]

_MOST_WRONG = 0.05  # of the distance
_LEAST_NS = 15_000  # by which a round trip may be wrong in any case: a client's own scatter is as large

Status = Literal["running", "finished", "interrupted"]
"""How far a measurement got."""


class Environment(Record):
    """The machine and the harness when the measurement started."""

    cpu_model: str
    cores: PositiveCount
    cores_allowed: PositiveCount
    memory_bytes: PositiveCount
    system: str
    kernel: str
    python: str
    brokerbench: str
    git_commit: str | None
    load_1min: Number | None = None
    """The load average at the start, in older records."""
    other_cores: Number | None = None
    """The mean number of cores that other programs used during the measurement; None if unknown."""
    subject_cores: Many[Count]
    """Where subjects are pinned; empty if they are not."""
    server_cores: Many[Count]
    """Where private servers and the harness are pinned; empty if they are not."""
    cpu_quota_cores: Number | None = None
    """How many cores' time a control group grants the run; None without a quota."""
    throttled_s: Number | None = None
    """For how long the group was stopped for its quota during the run; None without a quota."""
    core_mhz: Number | None = None
    """The cores' frequency at the start, the mean; None if the system does not report it."""
    most_core_mhz: Number | None = None
    """The highest frequency of a core; None if the system does not control it, as in most virtual machines."""
    lost_here: Few[str]
    """What this platform cannot do, and what that costs, one sentence each."""


class ServerRecord(Record):
    """The server that a subject used."""

    software: str
    version: str
    private: bool
    emulator: bool
    settings: dict[str, str]
    filesystem: str = ""
    """The type of the file system that a private server's files are on, such as ``ext4`` or ``tmpfs``, on which a sync
    costs nothing; empty if unknown."""
    sync_ns: Count | None = None
    """What one sync of the disk of these files took before the run, the median; None if it has no such disk."""
    ping_ns: Count | None = None
    """What a round trip of the raw client to a server of the user's own took before the run, without a relay, the
    median; None for a private server, which is on this machine, and if that client cannot make one."""

    @classmethod
    def of(cls, server: Server, filesystem: str = "") -> Self:
        """Return the record of a server, without its address."""
        return cls(
            software=server.software,
            version=server.version,
            private=server.private,
            emulator=server.emulator,
            settings=dict(server.settings),
            filesystem=filesystem,
        )


class WayRecord(Record):
    """The way to a server at a distance, as the raw client measured it before the run, in round trips.

    ``real_rtt_ns`` is the median without the relay; ``added_ns`` is how much longer the median was with it, and
    ``added_p99_ns`` the p99, if there were enough ``pings``. ``relay_ns`` is the relay's own time, which is not
    added. ``late_ns`` is how late half of the pieces of these pings were sent on at most, which ``added_ns`` includes.
    All are None if the broker's client cannot make a round trip of its own. ``bypassed`` is True if a connection of
    the subject's processes went straight to the server.
    """

    at: Place = {}
    distance: Distance
    real_rtt_ns: Count | None = None
    added_ns: Whole | None = None
    added_p99_ns: Whole | None = None
    relay_ns: Count | None = None
    late_ns: Count | None = None
    pings: Count = 0
    bypassed: bool = False

    @property
    def rtt_ns(self) -> int:
        """Return what a round trip took longer, as it was measured, or else as it was asked."""
        return self.distance.rtt_ns if self.added_ns is None else max(0, self.added_ns)

    @property
    def missed(self) -> bool:
        """Return True if the distance that was measured is not the one that was asked."""
        return self.added_ns is not None and self.is_wrong(self.added_ns)

    @property
    def due_ns(self) -> int:
        """Return how much longer a round trip should take: the distance, or the relay's own time if none was asked for.

        With only a narrow line or stalls, there is nothing off which its own time can be taken.
        """
        return self.distance.rtt_ns or self.relay_ns or 0

    def is_wrong(self, rtt_ns: float) -> bool:
        """Return True if round trips that took this much longer are not at the distance that was asked for.

        Where none was asked for, they cannot be too short.
        """
        off_ns, allowed_ns = rtt_ns - self.due_ns, max(_MOST_WRONG * self.due_ns, _LEAST_NS)
        return off_ns > allowed_ns or (bool(self.distance.rtt_ns) and off_ns < -allowed_ns)


class Counts(Record):
    """What happened to the tasks of the drains, by the workers' own record."""

    sent: Count = 0
    started: Count = 0
    finished: Count = 0
    duplicated: Count = 0
    """Tasks that started more than once."""
    unrun: Count = 0
    """Tasks that the worker began, and that the user's own code around them did not let run."""
    processes: Count = 0
    """The worker's processes that ran tasks."""
    limited: dict[Literal["time_limit", "soft_time_limit", "expires"], Count] = {}
    """Tasks that the worker ended, or asked to end, at a limit of the user's own."""

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both."""
        return Counts(
            unrun=self.unrun + other.unrun,
            processes=self.processes + other.processes,
            limited=Counter(self.limited) + Counter(other.limited),
            sent=self.sent + other.sent,
            started=self.started + other.started,
            finished=self.finished + other.finished,
            duplicated=self.duplicated + other.duplicated,
        )


class OwnLimit(Record):
    """Something of the user's own that limits a task: an option, a setting, or code around each call or each run.

    ``name`` is the one by which its user knows it. ``value`` is tasks a second for a ``rate``, seconds for a time, and
    tasks or KiB for a ``child``.
    """

    kind: Name
    name: Name
    value: Number | None = None


def own_limits(facts: Mapping[str, Any]) -> list[OwnLimit]:
    """Return the limits among the facts that a subject's process reported."""
    return [OwnLimit(**one) for one in facts.get("limits", ())]


class FailedPoint(Record):
    """A point of a sweep at which a subject was not measured, or not to the end, and why."""

    at: Place
    reason: str


class SubjectRecord(Record):
    """What was measured: broker, profile, interpreter, libraries and effective settings."""

    label: Name
    broker: Name
    profile: Name
    tier: Tier
    spans_processes: bool = True
    """Whether a worker can take what another process enqueued; false for a broker that lives in one process."""
    server: ServerRecord | None = None
    python: str | None = None
    versions: dict[str, str] = {}
    settings: dict[str, Any] = {}
    """Effective Celery settings; ``broker_transport_options`` is one of them."""
    own_limits: Few[OwnLimit] = []
    """What of its user's own limits its task."""
    counts: Counts = Counts()
    calls: Count = 0
    """Calls of ``apply_async`` that were timed, warm-up included."""
    repeated: Count = 0
    """Messages of the task that were sent beyond one for each call."""
    failure: str | None = None
    """Why it was not measured, or not to the end."""
    spec: str = ""
    """What a side of ``ab`` was asked to be, ``as it is`` if it has no difference; empty if this is not a side."""
    commit: str = ""
    """The commit of the app's repository that ``ref`` named; empty if this side is not a checkout."""
    sources: dict[str, str] = {}
    """The version, place and commit of each package that does not come from an index: of those that ``ab`` installs."""
    workload: Workload | None = None
    """What it was made to do, if not what the result's workload says."""
    metrics: Few[MetricName] = []
    """The metrics of the result that it was measured in; all of them, if empty."""
    not_measured: dict[MetricName, str] = {}
    """Metrics that its broker cannot have, and why."""

    ways: Few[WayRecord] = []
    """The ways to its server, at each point of a sweep; none without a distance."""
    failed_at: Few[FailedPoint] = []
    """The points of a sweep at which it failed, if it was measured at others."""

    @property
    def rtt_ns(self) -> int | None:
        """Return its distance as a round-trip time: 0 without one, None if a sweep varies it."""
        if any("rtt_ns" in way.at for way in self.ways):
            return None
        return self.ways[0].distance.rtt_ns if self.ways else 0

    @property
    def named(self) -> str:
        """Return it as its user names it: ``broker[:profile][@rtt]``."""
        return subject_name(self.broker, self.profile, self.rtt_ns)

    @property
    def is_emulated(self) -> bool:
        """Return True if an emulator stood in for its service."""
        return self.server is not None and self.server.emulator

    @property
    def kind(self) -> tuple[str, bool, str]:
        """Return what the subjects that are compared share: tier, emulator or server, and their own workload."""
        return self.tier, self.is_emulated, self.workload.model_dump_json() if self.workload else ""

    def way_at(self, at: Place) -> WayRecord | None:
        """Return the way to its server at a place; None without a distance there."""
        return next((way for way in self.ways if way.at.items() <= at.items()), None)

    def is_measured_in(self, metric: MetricName) -> bool:
        """Return True if the metric was to be measured."""
        return not self.metrics or metric in self.metrics

    def why_not(self, metric: MetricName) -> str | None:
        """Return why a metric was not measured, or not to the end; None if all went well."""
        return self.failure or self.not_measured.get(metric)


def subject_name(broker: str, profile: str, rtt_ns: int | None) -> str:
    """Return a subject as its user names it: ``broker[:profile][@rtt]``."""
    name = broker if profile == "default" else f"{broker}:{profile}"
    return f"{name}@{short_duration(rtt_ns)}" if rtt_ns else name


def refuse_twice(names: Iterable[str]) -> None:
    """Raise ValueError if a name occurs twice: reports distinguish by it."""
    for name, times in Counter(names).most_common(1):
        if times > 1:
            raise ValueError(f"{name!r} occurs {times} times: names must be unique")
