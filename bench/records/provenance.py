"""Where and how something was measured: the machine, the harness, the subjects and their servers."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal, Self

from bench.records.bounds import Count, Few, Many, Name, Number, PositiveCount
from bench.records.strict import Record
from bench.records.turns import MetricName, Place
from brokers.protocol import Server, Tier

__all__ = ["Counts", "Environment", "FailedPoint", "ServerRecord", "Status", "SubjectRecord", "refuse_twice"]

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
    load_1min: Number | None
    subject_cores: Many[Count]
    """Where subjects are pinned; empty if they are not."""
    server_cores: Many[Count]
    """Where private servers and the harness are pinned; empty if they are not."""
    cpu_quota_cores: Number | None = None
    """How many cores' time a control group grants the run; None without a quota."""
    throttled_s: Number | None = None
    """For how long the group was stopped for its quota during the run; None without a quota."""
    lost_here: Few[str]
    """What this platform cannot do, and what that costs, one sentence each."""


class ServerRecord(Record):
    """The server that a subject used."""

    software: str
    version: str
    private: bool
    emulator: bool
    settings: dict[str, str]

    @classmethod
    def of(cls, server: Server) -> Self:
        """Return the record of a server, without its address."""
        return cls(
            software=server.software,
            version=server.version,
            private=server.private,
            emulator=server.emulator,
            settings=dict(server.settings),
        )


class Counts(Record):
    """What happened to the tasks of the drains, by the workers' own record."""

    sent: Count = 0
    started: Count = 0
    finished: Count = 0
    duplicated: Count = 0
    """Tasks that started more than once."""

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both."""
        return Counts(
            sent=self.sent + other.sent,
            started=self.started + other.started,
            finished=self.finished + other.finished,
            duplicated=self.duplicated + other.duplicated,
        )


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
    counts: Counts = Counts()
    calls: Count = 0
    """Calls of ``apply_async`` that were timed, warm-up included."""
    failure: str | None = None
    """Why it was not measured, or not to the end."""
    spec: str = ""
    """What a side of ``ab`` was asked to be, ``as it is`` if it has no difference; empty if this is not a side."""
    not_measured: dict[MetricName, str] = {}
    """Metrics that its broker cannot have, and why."""

    failed_at: Few[FailedPoint] = []
    """The points of a sweep at which it failed, if it was measured at others."""

    def why_not(self, metric: MetricName) -> str | None:
        """Return why a metric was not measured, or not to the end; None if all went well."""
        return self.failure or self.not_measured.get(metric)


def refuse_twice(names: Iterable[str]) -> None:
    """Raise ValueError if a name occurs twice: reports distinguish by it."""
    for name, times in Counter(names).most_common(1):
        if times > 1:
            raise ValueError(f"{name!r} occurs {times} times: names must be unique")
