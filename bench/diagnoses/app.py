"""The user's own code or settings take the time: no broker is the reason of such a figure."""

from collections.abc import Callable, Iterator

from bench.diagnoses.diagnosis import Found, Kind, Seen
from bench.diagnoses.timer import timer_of
from bench.figures.limits import Measured, limits_of, measured_row
from bench.records.effort import Role
from bench.text.cleaning import clean
from bench.text.limits import own_limit
from bench.text.numbers import duration, number, percent, plural

__all__ = ["TakesAppsTime"]

_NEAR_LIMIT = 0.8  # of a rate limit: a worker that is slower does not reach it
_FULL = 0.85  # of a core: a worker that computes that much may be as fast as it can be, whatever its limit
_LEAST = 0.5  # of a process's time in the task itself: with less, Celery and the broker have the larger part
_OFTEN = 0.75  # of the tasks that a process ran: pauses with fewer between them are more than the replacements
_MOST_NAMES = 2
_WORKERS: tuple[Role, ...] = ("worker", "child")
_AROUND = {"enqueue": ("call", "call"), "throughput": ("run", "task")}
"""By metric: what the user's own code is around, and what an operation is called."""


class TakesAppsTime(Kind):
    """The task's own duration, code around it, a rate limit, or processes that a limit replaces."""

    name = "app"
    order = 10

    def find(self, seen: Seen) -> Found | None:
        """Return what of the app's own takes most of the time, of what was measured."""
        own = seen.subject.workload or seen.result.workload
        measured = measured_row(seen.row, seen.subject, own, seen.result.own_code)
        found = [one for kind in _KINDS for one in kind(seen, measured)]
        return max(found, key=lambda one: one.share, default=None)


def _rate_limit(seen: Seen, measured: Measured) -> Iterator[Found]:
    """Find a rate limit that the worker reached although it did not compute all the time."""
    limit = measured.limit("rate")
    reached = next((one.share for one in limits_of(measured) if one.kind == "rate"), None)
    if limit is None or not reached or reached < _NEAR_LIMIT:
        return
    used = [cores for role in ("worker", "busiest child") if (cores := seen.evidence.cores(role)) is not None]
    if used and sum(used) < _FULL:
        yield Found(
            share=min(1.0, reached),
            text=f"{own_limit(limit)} holds the worker back: it ran at {percent(reached)} of that",
            evidence={"limit_per_s": limit.value or 0.0, "worker cores": sum(used)},
            settings={"worker_disable_rate_limits": True},
        )


def _duration(seen: Seen, measured: Measured) -> Iterator[Found]:
    """Find a task that itself takes most of the time of the processes that run it."""
    if seen.row.metric != "throughput" or not measured.run_ns or not measured.per_second or _crowded(seen, measured):
        return
    share = min(1.0, measured.run_ns * measured.per_second / measured.concurrency / 1e9)
    if share >= _LEAST:
        many = f", {measured.concurrency} at a time" if measured.concurrency > 1 else ""
        yield Found(
            share=share,
            text=f"the task itself runs for {duration(measured.run_ns)}{many}: {percent(share)} of the time",
            evidence={"run_ns": measured.run_ns, "concurrency": measured.concurrency},
        )


def _crowded(seen: Seen, measured: Measured) -> bool:
    """Return True if tasks that run at the same time took each other's cores, so that each ran for longer."""
    cores = len(seen.result.environment.subject_cores) or seen.result.environment.cores_allowed
    used = sum(seen.evidence.cores(role) or 0.0 for role in _WORKERS)
    return measured.concurrency > cores and used >= _FULL * cores


def _fresh_processes(seen: Seen, measured: Measured) -> Iterator[Found]:
    """Find pauses no more often than the worker replaces a process, and as long as no timer of the broker."""
    limit, pauses, counts = measured.limit("child"), seen.evidence.pauses, seen.subject.counts
    if limit is None or pauses is None or not counts.processes:
        return
    is_named = any(one.kind == "fresh processes" for one in limits_of(measured))
    tasks = counts.started / counts.processes
    if is_named and pauses.tasks_between >= _OFTEN * tasks and not timer_of(seen, pauses.typical_ns / 1e9):
        share = pauses.total_ns / pauses.span_ns
        every = "each task" if round(tasks) <= 1 else f"every {number(round(tasks))} tasks"
        yield Found(
            share=share,
            text=(
                f"{own_limit(limit)} starts a fresh process for {every}, and the worker paused meanwhile, "
                f"{plural(pauses.count, 'time')} for {duration(pauses.typical_ns)}: {percent(share)} of the time"
            ),
            evidence={"tasks_a_process": tasks, "pauses": pauses.count, "typical_ns": pauses.typical_ns},
            settings={clean(limit.name): None},
        )


def _code_around(seen: Seen, measured: Measured) -> Iterator[Found]:
    """Find signal handlers and methods of the task's class, where their time was measured."""
    around, what = _AROUND[seen.row.metric]
    took = next((one for one in limits_of(measured) if one.kind == "code around" and one.share), None)
    if took is None or took.share is None:
        return
    names = [clean(one.name) for one in seen.subject.own_limits if one.kind == around]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    spent_ns = next(spent_ns for kind, spent_ns in measured.own_ns.items() if kind == around)
    yield Found(
        share=took.share,
        text=(
            f"your own code around each {what} takes {duration(spent_ns)}, {percent(took.share)} of the time: "
            f"{', '.join(names[:_MOST_NAMES])}{more}"
        ),
        evidence={"own_ns": spent_ns},
    )


_KINDS: tuple[Callable[[Seen, Measured], Iterator[Found]], ...] = (
    _rate_limit,
    _duration,
    _fresh_processes,
    _code_around,
)
