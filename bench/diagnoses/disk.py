"""The server waits for its disk: a durable broker writes out what it promised to keep."""

from bench.diagnoses.diagnosis import Found, Kind, Seen
from bench.figures.evidence import Evidence
from bench.records.effort import Role
from bench.text.numbers import duration, number, percent

__all__ = ["WaitsForDisk"]

_FEWEST = 0.05  # syncs an operation: one sync may keep many tasks, and fewer may be other programs'
_COMPUTING: dict[str, tuple[Role, ...]] = {
    "enqueue": ("producer", "server"),
    "throughput": ("worker", "child", "server"),
}
_WHAT = {"enqueue": "call", "throughput": "task"}


class WaitsForDisk(Kind):
    """Syncs were counted, one was timed before the run, the kernel counted the waits, and nobody computed meanwhile."""

    name = "disk"
    order = 40

    def find(self, seen: Seen) -> Found | None:
        """Return how often an operation has the disk synced, and which part of its time that takes, at least."""
        server, syncs = seen.subject.server, _syncs(seen.evidence)
        if server is None or not server.sync_ns or syncs < _FEWEST:
            return None
        timed = syncs * server.sync_ns / seen.evidence.per_operation_ns
        waited = (seen.evidence.disk_ns or 0) / seen.evidence.wall_ns  # some waits for a journal are not counted
        share = min(max(timed, waited), _idle(seen))
        many = "1 sync" if abs(syncs - 1) < _FEWEST else f"{number(syncs)} syncs"
        which = "which" if many == "1 sync" else "of which one"
        took = f"took {duration(server.sync_ns)} before the run"
        took = took if waited > timed else f"takes {duration(server.sync_ns)} here"
        return Found(
            share=share,
            text=(
                f"the server wrote to disk with {many} for each {_WHAT[seen.row.metric]}, {which} {took}: the "
                f"disk was waited for {percent(share)} of the time"
            ),
            evidence={"syncs": syncs, "sync_ns": server.sync_ns, "waited": waited},
        )


def _syncs(evidence: Evidence) -> float:
    """Return how often the disk was synced for one operation, on average; 0 if the server wrote nothing to it."""
    if not evidence.syncs or not evidence.written_bytes:
        return 0.0
    return evidence.syncs / evidence.wall_ns * evidence.per_operation_ns


def _idle(seen: Seen) -> float:
    """Return in which part of the time none of the processes computed, at least; 0 if that is unknown."""
    cores = [seen.evidence.cores(role) for role in _COMPUTING[seen.row.metric]]
    known = [one for one in cores if one is not None]
    return max(0.0, 1.0 - sum(known)) if len(known) == len(cores) else 0.0
