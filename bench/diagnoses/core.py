"""A core is full: one of the processes computes all the time, so nothing that waits could make the figure better."""

from bench.diagnoses.diagnosis import Found, Kind, Seen
from bench.records.effort import Role
from bench.text.numbers import percent

__all__ = ["FillsCore"]

_FULL = 0.85  # of a core; the rest is lost when processes wake each other
_NAMES: dict[Role, str] = {
    "producer": "the producer",
    "worker": "Celery's main process",
    "busiest child": "a process of the pool",
    "server": "the server",
}
_OF: dict[str, tuple[Role, ...]] = {
    "enqueue": ("producer", "server"),
    "throughput": ("worker", "busiest child", "server"),
}


class FillsCore(Kind):
    """CPU times show which process fills a core, or that all of a worker's processes share one that is full."""

    name = "core"
    order = 90
    metrics = tuple(_OF)

    def find(self, seen: Seen) -> Found | None:
        """Return the process that computes most of the time, if it fills a core; or the worker as a whole."""
        used = {role: cores for role in _OF[seen.row.metric] if (cores := seen.evidence.cores(role)) is not None}
        if not used:
            return None
        role = max(used, key=lambda one: used[one])
        if used[role] >= _FULL:
            return Found(
                share=min(1.0, used[role]),
                text=f"{_NAMES[role]} computed {percent(min(1.0, used[role]))} of the time: its core was full",
                evidence={f"{role} cores": used[role]},
            )
        return _shared(seen)


def _shared(seen: Seen) -> Found | None:
    """Return that a worker's processes together fill the cores that subjects have."""
    cores = len(seen.result.environment.subject_cores)
    main, pool = seen.evidence.cores("worker"), seen.evidence.cores("child")
    if seen.row.metric != "throughput" or not cores or main is None or pool is None or main + pool < _FULL * cores:
        return None
    together = "the core" if cores == 1 else f"the {cores} cores"
    return Found(
        share=min(1.0, (main + pool) / cores),
        text=(
            f"the worker's processes filled {together} that they share on this machine: Celery's main process "
            f"computed {percent(main)} of the time, its pool {percent(pool)}"
        ),
        evidence={"worker cores": main, "child cores": pool, "cores": cores},
    )
