"""Why a subject may have failed: what of its user's own dropped calls or ended tasks, by the worker's own record."""

from collections.abc import Iterator, Sequence

from bench.records.provenance import Counts, OwnLimit
from bench.text.limits import own_limit

__all__ = ["reasons"]


def reasons(counts: Counts, limits: Sequence[OwnLimit]) -> Iterator[str]:
    """Yield, for a subject that failed, what its worker and its producer show of the user's own code and limits."""
    around = {kind: ", ".join(one.name for one in limits if one.kind == kind) for kind in ("call", "run")}
    if around["call"]:
        yield f"your {around['call']} may drop calls"
    if counts.unrun:
        yield f"your {around['run']} did not let {counts.unrun} of them run"
    for kind, tasks in counts.limited.items():
        named = next((own_limit(one) for one in limits if one.kind == kind), f"a {kind} of your own")
        yield f"{named} ended {tasks} of them"
