"""A task retries itself twice, each time after 0.2 s: it must start exactly three times.

`retry` sends the task again, with a countdown, from inside the worker. Source: "Retrying" in "Tasks" of Celery's user
guide.
"""

from itertools import pairwise

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_FAILURES = 2
_WAIT_S = 0.2
_AFTER_S = 2.0


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    wanted = _FAILURES + 1
    (task,) = attempt.send(1, "tasks.flaky", _FAILURES, _WAIT_S, runs=wanted)
    attempt.until(lambda ledger: len(ledger.starts(task)) >= wanted, within_s=attempt.redelivery_s + 10)
    attempt.scene.pause(_AFTER_S)  # nothing more should come
    starts = attempt.ledger().starts(task)
    delays = ", ".join(f"{(later.at_ns - earlier.at_ns) / 1e9:.2f} s" for earlier, later in pairwise(starts))
    return Observation(
        f"it starts {len(starts)} times{f', after {delays}' if delays else ''}",
        kept=len(starts) == wanted,
        figures={"starts": float(len(starts))},
    )


FAULTS = (
    Fault(
        name="retries",
        group="semantics",
        title="A task is retried twice",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        typical_s=20,
    ),
)
