"""The machine is the reason: a CPU quota stopped the processes, or other programs had their core."""

from bench.diagnoses.diagnosis import Found, Kind, Seen
from bench.records.effort import Role
from bench.text.numbers import number, percent

__all__ = ["SharesMachine"]

_ROLE: dict[str, Role] = {"enqueue": "producer", "throughput": "worker"}
_NAMES: dict[Role, str] = {"producer": "the producer", "worker": "Celery's main process"}


class SharesMachine(Kind):
    """Stops of the control group are counted, and so is for how long a process was ready and had no core."""

    name = "machine"
    order = 60

    def find(self, seen: Seen) -> Found | None:
        """Return the quota if it stopped the run for longer than others had the core, else what others had."""
        found = [one for one in (_quota(seen), _others(seen)) if one]
        return max(found, key=lambda one: one.share, default=None)


def _quota(seen: Seen) -> Found | None:
    """Return for which part of the time a quota stopped a core, at least.

    Some kernels add up the stops of all cores, so that many cores may have stopped at the same time.
    """
    environment, evidence = seen.result.environment, seen.evidence
    if not evidence.throttled_ns or not evidence.wall_ns or environment.cpu_quota_cores is None:
        return None
    share = min(1.0, evidence.throttled_ns / evidence.wall_ns / environment.cores_allowed)
    return Found(
        share=share,
        text=(
            f"the CPU quota of {number(environment.cpu_quota_cores)} cores was spent: the run's processes were stopped "
            f"for at least {percent(share)} of the time"
        ),
        evidence={"throttled_ns": evidence.throttled_ns, "wall_ns": evidence.wall_ns},
    )


def _others(seen: Seen) -> Found | None:
    """Return for how long other programs had the core that a process could have used, at least.

    While Celery's main process waits for a core, its own pool may have it, and a stop for a quota is a wait, too.
    """
    evidence, role = seen.evidence, _ROLE[seen.row.metric]
    beside = [evidence.cores(one) for one in _beside(seen)]
    known = [one for one in beside if one is not None]
    if len(known) < len(beside) or role not in evidence.ready_ns or not evidence.known_ns.get(role):
        return None
    if evidence.other_cores is None:  # beside a server of the user's own on this machine, which is no other program
        return None
    stopped = (evidence.throttled_ns or 0) / max(evidence.wall_ns, 1)
    had = min(evidence.ready_ns[role] / evidence.known_ns[role] - sum(known) - stopped, evidence.other_cores)
    if had <= 0:
        return None
    return Found(
        share=min(1.0, had),
        text=(
            f"{_NAMES[role]} could have run, but other programs had its core for at least {percent(min(1.0, had))} of "
            "the time"
        ),
        evidence={"had": had},
    )


def _beside(seen: Seen) -> list[Role]:
    """Return whose processes and threads of the same turn may have had the core."""
    environment, pool = seen.result.environment, seen.workload.pool
    found: list[Role] = []
    if seen.row.metric == "throughput":
        found.append("child" if pool == "prefork" else "worker")
    if not environment.subject_cores or set(environment.subject_cores) & set(environment.server_cores):
        found += ["server", "harness"]
    return found
