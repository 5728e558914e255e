"""Why a subject may have failed: what of its user's own kept tasks from running, by the worker's own record."""

from collections.abc import Iterator, Sequence

from bench.records.provenance import Counts, OwnLimit
from bench.text.limits import own_limit

__all__ = ["reasons"]


def reasons(counts: Counts, limits: Sequence[OwnLimit]) -> Iterator[str]:
    """Yield, for a subject that failed, what its worker's record shows of the user's own code and limits."""
    if counts.unrun:
        around = ", ".join(one.name for one in limits if one.kind == "run")
        yield f"your {around} did not let {counts.unrun} of them run"
    for kind, tasks in counts.limited.items():
        named = next((own_limit(one) for one in limits if one.kind == kind), f"a {kind} of your own")
        yield f"{named} ended {tasks} of them"
