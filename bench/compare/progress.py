"""A comparison in progress: what was measured and what failed so far. It can make a result at any time."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.compare.request import Comparison
from bench.compare.subject_processes import Processes
from bench.compare.sweep_points import failures_at, in_order
from bench.diagnoses.registry import diagnosed
from bench.engine.runner import Runner
from bench.engine.search import capacities
from bench.figures.crossings import crossings, round_trips
from bench.figures.disturbance import Disturbances, warning
from bench.figures.limits import limited_capacities, limited_rows
from bench.figures.rows import summarize
from bench.figures.tally import Tally
from bench.metrics.latency import void_tries
from bench.metrics.metric import Found
from bench.metrics.registry import catalogue
from bench.processes.distances import Distances
from bench.processes.quota import cpu_quota
from bench.processes.running_subject import RunningSubject
from bench.processes.subject import Subject
from bench.records.figures import Row
from bench.records.provenance import Environment, FailedPoint, Status, SubjectRecord, WayRecord
from bench.records.result import Result
from bench.records.turns import Block
from bench.text.numbers import plural
from brokers.errors import BrokerUnavailable

__all__ = ["Measurement", "ServerTimes"]

ServerTimes = Mapping[str, int | None]
"""``sync_ns`` and ``ping_ns`` of a server, as its record has them."""


@dataclass
class Measurement:
    """What is known about a comparison. ``failures`` has the reasons of subjects without a server."""

    comparison: Comparison
    environment: Environment
    warnings: list[str]
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    failures: dict[str, str] = field(default_factory=dict)
    ways: dict[str, list[WayRecord]] = field(default_factory=dict)
    """The ways to the servers of subjects at a distance, by label."""
    distances: Distances | None = None
    """What knows which of these ways were bypassed."""
    server_times: dict[str, ServerTimes] = field(default_factory=dict)
    """What was measured of the servers of subjects before the run, by label."""
    processes: Processes | None = None
    runner: Runner | None = None
    kept_s: float = 0.0
    """How much of the time is kept for measuring what may remove a figure's reason."""
    retaken: int = 0
    """Turns that were void at first and were taken again."""

    def __post_init__(self) -> None:
        self.tally = Tally(self.environment.cores_allowed)
        self.disturbances = Disturbances(self.environment.cores_allowed)
        self._quota = cpu_quota()
        self._throttled_before_s = self._quota.throttled_s() if self._quota else 0.0

    def take_in(self, block: Block) -> None:
        """Count a block."""
        self.tally.add(block)
        self.disturbances.add(block)
        self.retaken += sum(map(bool, map(void_tries, block.turns)))

    def require_some(self) -> None:
        """Raise BrokerUnavailable with each reason once if there is nothing to measure."""
        reasons = [reason for subject in self.comparison.subjects if (reason := self._failure(subject.label))]
        if len(reasons) == len(self.comparison.subjects):
            raise BrokerUnavailable("\n".join(dict.fromkeys(reasons)))

    def _failure(self, label: str) -> str | None:
        """Return why a subject could not be measured; in a sweep, only if that is so at every point."""
        if label in self.failures or self.runner is None:
            return self.failures.get(label)
        reasons = failures_at(self.runner.stage.failures, label, "celery")
        return next(iter(reasons.values())) if len(reasons) == len(self.runner.plan.points) else None

    def _failed_at(self, label: str) -> list[FailedPoint]:
        """Return the points of the sweep at which a subject failed; none without a sweep."""
        if self.runner is None:
            return []
        points = self.runner.plan.points
        failures = failures_at(self.runner.stage.failures, label, "celery")
        return [FailedPoint(at=points[number].at, reason=reason) for number, reason in failures.items()]

    def result(self, status: Status) -> Result:
        """Return the result so far; its blocks are in the file that the writer appends to."""
        comparison = self.comparison
        subjects = [self._record(subject) for subject in comparison.subjects]
        points = [point.at for point in comparison.plan().points]
        environment = self._environment_by_now()
        rows = summarize(
            subjects,
            self.tally,
            comparison.seed,
            comparison.margin,
            sides=comparison.sides,
            budget_s=comparison.budget_s,
        )
        rows = limited_rows(in_order(rows, comparison.metrics, points), subjects, comparison.workload)
        disturbance = self.disturbances.record()
        result = Result(
            status=status,
            started_at=self.started_at,
            duration_s=time.monotonic() - comparison.started_s,
            budget_s=comparison.budget_s,
            seed=comparison.seed,
            margin=comparison.margin,
            metrics=comparison.metrics,
            workload=comparison.workload.without_secrets(),
            environment=environment,
            subjects=subjects,
            warnings=[
                *self._dry(),
                *self.warnings,
                *_throttled(environment),
                *self.tally.relays.warnings(),
                *_not_empty(warning(disturbance, environment.cores_allowed), _retaken(self.retaken), _left_out(rows)),
                *self._overridden(),
                *self._partial_failures(),
            ],
            confirms=comparison.confirms,
            summary=rows,
            disturbance=disturbance,
            selfcheck=comparison.selfcheck,
        ).model_copy(update=self._own_records(subjects, rows))
        return result.model_copy(update={"diagnoses": diagnosed(result, self.tally)})

    def _environment_by_now(self) -> Environment:
        """Return the environment, with what others used and how long the run was throttled so far."""
        found: dict[str, Any] = {"other_cores": self.disturbances.other_cores}
        if self._quota:
            throttled_s = max(0.0, self._quota.throttled_s() - self._throttled_before_s)
            found["throttled_s"] = round(throttled_s, 3)
        return self.environment.model_copy(update=found)

    def _own_records(self, subjects: list[SubjectRecord], rows: list[Row]) -> dict[str, list[Any]]:
        """Return the metrics' own records, and those over the distance, by the result's fields."""
        searched = capacities(subjects, self.runner.plan, self.runner.sizing.searches) if self.runner else []
        searched = limited_capacities(searched, subjects, self.comparison.workload)
        searched = self.tally.relays.judged(searched, "capacity", "celery", subjects)
        found = Found(subjects, self.tally.blocks, rows, searched)
        own = {field: records for metric in catalogue().values() for field, records in metric.records(found).items()}
        own["phases"] = self.tally.relays.judged(own["phases"], "phases", "metered", subjects)
        lines = round_trips(rows)
        return own | {"round_trips": lines, "crossings": crossings(rows, lines)}

    def _running(self) -> dict[str, RunningSubject]:
        """Return the subjects that have processes, by label."""
        running = self.processes.running if self.processes else {}
        return {
            label: one
            for (label, layer), one in running.items()
            if layer == "celery" and isinstance(one, RunningSubject)
        }

    def _record(self, subject: Subject) -> SubjectRecord:
        running, failure = self._running().get(subject.label), self._failure(subject.label)
        if running:
            failed_at = [] if failure else self._failed_at(subject.label)
            ways = self.ways.get(subject.label, [])
            ways = [self.distances.judged(subject.label, way) for way in ways] if self.distances else ways
            record = running.record(failure)
            times = self.server_times.get(subject.label, {})
            server = record.server.model_copy(update=dict(times)) if record.server else None
            return record.model_copy(update={"failed_at": failed_at, "ways": ways, "server": server})
        return subject.record().model_copy(update={"failure": failure})

    def _dry(self) -> list[str]:
        """Return a warning if the tasks' bodies were not run."""
        warning = self.comparison.workload.dry_warning
        return [warning] if warning else []

    def _overridden(self) -> list[str]:
        """Return a warning that names the settings of a user's app that were overridden."""
        names = {name for one in self._running().values() for name in one.overridden}
        return [f"the measurement overrode the app's {', '.join(sorted(names))}"] if names else []

    def _partial_failures(self) -> list[str]:
        """Return what else could not be measured: a ceiling, the cost of a task, a point of a sweep."""
        if self.runner is None:
            return []
        return [
            f"{label}{'' if layer == 'celery' else f' ({layer})'}{at} was not measured: {reason}"
            for (label, layer), at, reason in self.runner.partial_failures()
            if layer != "celery" or not self._failure(label)
        ] + self.runner.sizing.not_found()


def _not_empty(*sentences: str) -> list[str]:
    return [sentence for sentence in sentences if sentence]


def _retaken(turns: int) -> str:
    """Return a warning that turns were taken again; empty if none was."""
    if not turns:
        return ""
    was = "was" if turns == 1 else "were"
    return (
        f"{plural(turns, 'turn')} of latency {was} void at first and {was} taken again, longer or at a lower load: "
        "the first tries are in the record and in no figure"
    )


def _left_out(rows: Iterable[Row]) -> str:
    """Return a warning that void turns are left out; empty if none is."""
    if not (turns := sum(row.left_out for row in rows)):
        return ""
    return f"{plural(turns, 'void turn')} of latency left out: at the same places, at least as many were not void"


def _throttled(environment: Environment) -> list[str]:
    """Return a warning if the run was throttled."""
    if not environment.throttled_s:
        return []
    return [
        f"the run was stopped for {environment.throttled_s:.1f} s because it had spent its CPU quota "
        f"({environment.cpu_quota_cores:g} cores): its figures include these stops"
    ]
