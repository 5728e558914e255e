"""What of a user's own limits a figure: named beside it, so that nobody takes it for the broker's.

Each kind of limit is one function, in ``_KINDS``. It names a limit only if the figure is near it, or if the processes'
own record shows it: a setting alone is no reason.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bench.records.figures import Capacity, Row
from bench.records.own_code import OwnCode, OwnCodeTime
from bench.records.provenance import OwnLimit, SubjectRecord
from bench.records.turns import Place
from bench.records.workload import Workload
from bench.text.limits import limit_named, own_limit
from bench.text.numbers import duration, number

__all__ = ["Limit", "LimitKind", "Measured", "limited_capacities", "limited_rows", "limits_of", "measured_row"]

_NEAR, _HALF, _ABOVE = 0.8, 0.5, 1.25
_FEW_TASKS = 10  # that a process ran before it was replaced
_CALLED = ("enqueue", "first-publish", "latency", "wakeup")
_WORKED = ("throughput", "capacity", "latency", "wakeup")
_RATED = ("throughput", "capacity")
_SHARED = ("enqueue", *_RATED)
_AROUND: dict[OwnCode, tuple[str, ...]] = {"call": _CALLED, "run": _WORKED}


LimitKind = Literal["rate", "duration", "fresh processes", "ended", "repeated", "concurrency", "code around"]


@dataclass(frozen=True)
class Limit:
    """What limits a figure, in words that follow it.

    ``share`` is the part of an operation's time that it explains, from 0 to 1; None if that is unknown.
    """

    kind: LimitKind
    text: str
    share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A figure of a subject, as far as a limit may concern it: what was measured, how fast, with how many at a time.

    ``own_ns`` is how long the user's own code takes around a call and around a run, where it was measured.
    """

    subject: SubjectRecord
    metric: str
    per_second: float | None = None
    run_ns: float | None = None
    concurrency: int = 1
    own_ns: Mapping[OwnCode, float] = field(default_factory=dict)

    def limit(self, kind: str) -> OwnLimit | None:
        """Return the user's own limit of that kind."""
        return limit_named(self.subject.own_limits, kind)


def _rate(found: Measured) -> Limit | None:
    """Name a rate limit: a worker runs at most that many tasks a second."""
    limit = found.limit("rate")
    if limit is None or not limit.value or not found.per_second or found.metric not in _RATED:
        return None
    share = found.per_second / limit.value
    if not _HALF <= share <= _ABOVE:
        return None
    words = f"{'' if share >= _NEAR else 'perhaps '}limited by {own_limit(limit)}"
    return Limit("rate", words, min(share, 1.0))


def _duration(found: Measured) -> Limit | None:
    """Name the task's own duration: a worker runs at most as many tasks a second as fit into its processes."""
    if not found.run_ns or not found.per_second:
        return None
    share = found.per_second / (found.concurrency * 1e9 / found.run_ns)
    if share < _NEAR:
        return None
    words = f"limited by the task's own {duration(found.run_ns)}, {found.concurrency} at a time"
    return Limit("duration", words, min(share, 1.0))


def _fresh_processes(found: Measured) -> Limit | None:
    """Name what makes a worker replace its processes: it spends its time on starting them."""
    counts, limit = found.subject.counts, found.limit("child")
    if limit is None or found.metric not in _WORKED or not counts.processes:
        return None
    if (tasks := counts.started / counts.processes) > _FEW_TASKS:
        return None
    every = "each task" if tasks <= 1 else f"every {number(tasks)} tasks"
    return Limit("fresh processes", f"limited by {own_limit(limit)}: a fresh process for {every}")


def _ended(found: Measured) -> Limit | None:
    """Name the limits that ended tasks: such a task takes as long as its limit."""
    ended = found.subject.counts.limited if found.metric in _WORKED else {}
    named = ((found.limit(kind), kind, tasks) for kind, tasks in ended.items())
    words = ", ".join(
        f"{own_limit(limit) if limit else kind} ended {tasks:,} task{'s' * (tasks != 1)}"
        for limit, kind, tasks in named
    )
    return Limit("ended", words) if words else None


def _repeated(found: Measured) -> Limit | None:
    """Name what does the work several times: calls that send several messages, tasks that run several times."""
    counts, around = found.subject.counts, found.limit("call")
    name = f": {own_limit(around)} may repeat calls" if around else ""
    if found.subject.repeated:
        return Limit("repeated", f"{found.subject.repeated:,} messages more than calls were sent{name}")
    if not counts.duplicated or not found.subject.own_limits:
        return None
    visibility = found.limit("visibility")
    why = f": {own_limit(visibility)} may have ended" if visibility else ""
    return Limit("repeated", f"{counts.duplicated:,} tasks ran more than once{why}")


def _concurrency(found: Measured) -> Limit | None:
    """Name the user's own concurrency where the measured worker has another."""
    limit = found.limit("concurrency")
    if limit is None or found.metric not in _RATED or limit.value == found.concurrency:
        return None
    words = f"measured with concurrency {found.concurrency}, not with {own_limit(limit)}: see --concurrency"
    return Limit("concurrency", words)


def _code_around(found: Measured) -> Limit | None:
    """Name code around each call or each task: it takes time, and may drop or repeat calls."""
    kinds = [kind for kind, metrics in _AROUND.items() if found.metric in metrics]
    names = [own_limit(one) for one in found.subject.own_limits if one.kind in kinds]
    return Limit("code around", f"includes {', '.join(names)}", _share_around(found)) if names else None


def _share_around(found: Measured) -> float | None:
    """Return which part of the time of a call, or of a worker's process, the user's own code takes, if it is known."""
    around: OwnCode = "call" if found.metric == "enqueue" else "run"
    at_a_time = 1 if around == "call" else found.concurrency
    if around not in found.own_ns or not found.per_second or found.metric not in _SHARED:
        return None
    return min(1.0, found.own_ns[around] * found.per_second / at_a_time / 1e9)


_KINDS: tuple[Callable[[Measured], Limit | None], ...] = (
    _rate,
    _duration,
    _fresh_processes,
    _ended,
    _repeated,
    _concurrency,
    _code_around,
)


def limits_of(found: Measured) -> list[Limit]:
    """Return what limits a figure."""
    return [limit for kind in _KINDS if (limit := kind(found))]


def _words(found: Measured) -> list[str]:
    return [limit.text for limit in limits_of(found)]


def limited_rows(rows: Iterable[Row], subjects: Iterable[SubjectRecord], workload: Workload) -> list[Row]:
    """Return the rows of Celery's figures with what limits each."""
    known = {subject.label: subject for subject in subjects}
    return [
        row.model_copy(update={"limited_by": _words(measured_row(row, known[row.subject], workload))})
        if row.layer == "celery" and row.blocks and row.subject in known
        else row
        for row in rows
    ]


def limited_capacities(
    found: Sequence[Capacity], subjects: Iterable[SubjectRecord], workload: Workload
) -> list[Capacity]:
    """Return the capacities with what limits each."""
    known = {subject.label: subject for subject in subjects}
    return [
        one.model_copy(
            update={
                "limited_by": _words(
                    Measured(
                        subject=known[one.subject],
                        metric="capacity",
                        per_second=one.rate_per_s,
                        concurrency=_workers(one.at, known[one.subject], workload),
                    )
                )
            }
        )
        for one in found
    ]


def _workers(at: Place, subject: SubjectRecord, workload: Workload) -> int:
    """Return the concurrency of a subject's worker at a point of a sweep."""
    return int(at.get("concurrency", (subject.workload or workload).concurrency))


def measured_row(
    row: Row, subject: SubjectRecord, workload: Workload, own_code: Iterable[OwnCodeTime] = ()
) -> Measured:
    """Return a row's figure as far as limits may concern it; ``own_code`` is what the result has of it."""
    known = (one for one in own_code if one.subject == row.subject and one.at.items() <= row.at.items())
    return Measured(
        subject=subject,
        metric=row.metric,
        per_second=row.per_second.value if row.per_second else None,
        run_ns=row.run_ns,
        concurrency=_workers(row.at, subject, workload),
        own_ns={one.around: one.mean_ns for one in known},
    )
