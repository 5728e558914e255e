"""What of a user's own limits a figure: named beside it, so that nobody takes it for the broker's.

Each kind of limit is one function, in ``_KINDS``. It names a limit only if the figure is near it, or if the processes'
own record shows it: a setting alone is no reason.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.records.figures import Capacity, Row
from bench.records.provenance import OwnLimit, SubjectRecord
from bench.records.turns import Place
from bench.records.workload import Workload
from bench.text.limits import limit_named, own_limit
from bench.text.numbers import duration, number

__all__ = ["Measured", "limited_capacities", "limited_rows", "limits_of"]

_NEAR, _HALF, _ABOVE = 0.8, 0.5, 1.25
_FEW_TASKS = 10  # that a process ran before it was replaced
_CALLED = ("enqueue", "first-publish", "latency", "wakeup")
_WORKED = ("throughput", "capacity", "latency", "wakeup")
_RATED = ("throughput", "capacity")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A figure of a subject, as far as a limit may concern it: what was measured, how fast, with how many at a time."""

    subject: SubjectRecord
    metric: str
    per_second: float | None = None
    run_ns: float | None = None
    concurrency: int = 1

    def limit(self, kind: str) -> OwnLimit | None:
        """Return the user's own limit of that kind."""
        return limit_named(self.subject.own_limits, kind)


def _rate(found: Measured) -> str:
    """Name a rate limit: a worker runs at most that many tasks a second."""
    limit = found.limit("rate")
    if limit is None or not limit.value or not found.per_second or found.metric not in _RATED:
        return ""
    share = found.per_second / limit.value
    if not _HALF <= share <= _ABOVE:
        return ""
    return f"{'' if share >= _NEAR else 'perhaps '}limited by {own_limit(limit)}"


def _duration(found: Measured) -> str:
    """Name the task's own duration: a worker runs at most as many tasks a second as fit into its processes."""
    if not found.run_ns or not found.per_second:
        return ""
    most = found.concurrency * 1e9 / found.run_ns
    if found.per_second < _NEAR * most:
        return ""
    return f"limited by the task's own {duration(found.run_ns)}, {found.concurrency} at a time"


def _fresh_processes(found: Measured) -> str:
    """Name what makes a worker replace its processes: it spends its time on starting them."""
    counts, limit = found.subject.counts, found.limit("child")
    if limit is None or found.metric not in _WORKED or not counts.processes:
        return ""
    if (tasks := counts.started / counts.processes) > _FEW_TASKS:
        return ""
    every = "each task" if tasks <= 1 else f"every {number(tasks)} tasks"
    return f"limited by {own_limit(limit)}: a fresh process for {every}"


def _ended(found: Measured) -> str:
    """Name the limits that ended tasks: such a task takes as long as its limit."""
    ended = found.subject.counts.limited if found.metric in _WORKED else {}
    named = ((found.limit(kind), kind, tasks) for kind, tasks in ended.items())
    return ", ".join(
        f"{own_limit(limit) if limit else kind} ended {tasks:,} task{'s' * (tasks != 1)}"
        for limit, kind, tasks in named
    )


def _repeated(found: Measured) -> str:
    """Name what does the work several times: calls that send several messages, tasks that run several times."""
    counts, around = found.subject.counts, found.limit("call")
    name = f": {own_limit(around)} may repeat calls" if around else ""
    if found.subject.repeated:
        return f"{found.subject.repeated:,} messages more than calls were sent{name}"
    visibility = found.limit("visibility")
    why = f": {own_limit(visibility)} may have ended" if visibility else ""
    return (
        f"{counts.duplicated:,} tasks ran more than once{why}" if counts.duplicated and found.subject.own_limits else ""
    )


def _concurrency(found: Measured) -> str:
    """Name the user's own concurrency where the measured worker has another."""
    limit = found.limit("concurrency")
    if limit is None or found.metric not in _RATED or limit.value == found.concurrency:
        return ""
    return f"measured with concurrency {found.concurrency}, not with {own_limit(limit)}: see --concurrency"


def _code_around(found: Measured) -> str:
    """Name code around each call or each task: it takes time, and may drop or repeat calls."""
    kinds = [kind for kind, metrics in (("call", _CALLED), ("run", _WORKED)) if found.metric in metrics]
    names = [own_limit(one) for one in found.subject.own_limits if one.kind in kinds]
    return f"includes {', '.join(names)}" if names else ""


_KINDS: tuple[Callable[[Measured], str], ...] = (
    _rate,
    _duration,
    _fresh_processes,
    _ended,
    _repeated,
    _concurrency,
    _code_around,
)


def limits_of(found: Measured) -> list[str]:
    """Return what limits a figure, in words that follow it."""
    return [words for kind in _KINDS if (words := kind(found))]


def limited_rows(rows: Iterable[Row], subjects: Iterable[SubjectRecord], workload: Workload) -> list[Row]:
    """Return the rows of Celery's figures with what limits each."""
    known = {subject.label: subject for subject in subjects}
    return [
        row.model_copy(update={"limited_by": limits_of(_of_row(row, known[row.subject], workload))})
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
                "limited_by": limits_of(
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


def _of_row(row: Row, subject: SubjectRecord, workload: Workload) -> Measured:
    return Measured(
        subject=subject,
        metric=row.metric,
        per_second=row.per_second.value if row.per_second else None,
        run_ns=row.run_ns,
        concurrency=_workers(row.at, subject, workload),
    )
