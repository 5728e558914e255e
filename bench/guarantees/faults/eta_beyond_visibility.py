"""A task has a countdown of 9 s, but the visibility timeout is 5 s.

The worker holds the task, unacknowledged, until its time has come. Meanwhile Redis and SQS deliver it again, and it may
run once for each delivery. With the default timeouts, this begins with countdowns of an hour on Redis and of half an
hour on SQS. Source: "Visibility timeout" in Celery's pages on Redis and on SQS, kombu issue 337.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.visibility import visibility_in_words
from bench.text.numbers import times

__all__ = ["FAULTS"]

_BEYOND_S, _COUNTDOWN_S = 4, 9


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.finished(attempt.send(1))  # the first task makes the connections
    visibility_s = attempt.scene.visibility_s
    countdown_s = visibility_s + _BEYOND_S if visibility_s else _COUNTDOWN_S
    (task,) = attempt.send(1, options={"countdown": countdown_s})
    attempt.finished([task], within_s=countdown_s + 10)
    attempt.settle(linger=True)
    ledger = attempt.ledger()
    runs = len(ledger.starts(task))
    words = f"it runs {times(runs)}"
    meaning = visibility_in_words(attempt.scene.subject, visibility_s, "countdowns")
    return Observation(
        "; ".join(filter(None, (words, meaning))),
        tested=task not in ledger.limited,
        figures={"runs": float(runs)},
    )


FAULTS = (
    Fault(
        name="eta-beyond-visibility",
        group="semantics",
        title="A countdown of 9 s with a visibility timeout of 5 s",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        typical_s=70,
    ),
)
