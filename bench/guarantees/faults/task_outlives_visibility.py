"""A task runs for longer than the visibility timeout, with late acknowledgement and a worker with eight processes.

Redis and SQS deliver a task again if it is not acknowledged in time, while its first run continues: it runs twice, or
again and again if every run is too long. RabbitMQ has no such timeout, but after its `consumer_timeout`, 30 minutes by
default, it takes the task back, too: see `consumer-timeout`. Source: "Visibility timeout" in Celery's pages on Redis
and on SQS.
"""

from contextlib import suppress

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import LATE
from bench.guarantees.visibility import own_visibility_s, visibility_in_words
from bench.subject.recorder import STARTED
from bench.text.numbers import timeout_text, times
from brokers.errors import BrokerUnavailable

__all__ = ["FAULTS"]

_BEYOND_S, _TASK_S = 4.0, 9.0


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    visibility_s = attempt.scene.visibility_s
    task_s = visibility_s + _BEYOND_S if visibility_s else _TASK_S
    (task,) = attempt.send_long(task_s, least_s=task_s)
    attempt.must_start([task])
    attempt.fault_ns = attempt.note(f"a task of {task_s:.0f} s runs")
    attempt.finished([task], within_s=task_s + 10)
    attempt.settle(linger=True)
    ledger = attempt.ledger()
    runs = len(ledger.of(STARTED, task))
    words = f"it runs {times(runs)}"
    outlived = task not in ledger.limited
    meaning = visibility_in_words(attempt.scene.subject, visibility_s, "tasks") if outlived else "it ends too early"
    return Observation(
        "; ".join(filter(None, (words, meaning, _never_that_long(attempt), _not_reached(attempt, task_s)))),
        tested=outlived,
        figures={"runs": float(runs)},
    )


def _never_that_long(attempt: Attempt) -> str:
    """Return that the user's own time limit ends each task before the user's own visibility timeout, if it does."""
    timeout_s, limit_s = own_visibility_s(attempt.scene.subject), attempt.scene.time_limit_s()
    return "your own time limit ends each task before that" if timeout_s and limit_s < timeout_s else ""


def _not_reached(attempt: Attempt, task_s: float) -> str:
    """Return what a task of this length says nothing about: a server's own limit that begins later; empty without."""
    broker, server = attempt.scene.subject.broker, attempt.scene.server
    limit = broker.acknowledgement_timeout
    if limit is None:
        return ""
    set_s = None
    with suppress(BrokerUnavailable):  # the finding stands without it
        set_s = broker.acknowledgement_timeout_s(server)
    named = f"{limit.option} of {timeout_text(limit.default_s if set_s is None else set_s)}"
    known = f"the server's {named}" if set_s is not None else f"{named} by default, the server's own cannot be read"
    return f"a task of {task_s:.0f} s does not reach the {known.removeprefix('the ')}: see consumer-timeout"


FAULTS = (
    Fault(
        name="task-outlives-visibility",
        group="worker",
        title="A task of 9 s with a visibility timeout of 5 s",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        settings=LATE,
        concurrency=8,  # if the task of an attempt runs again and again, the next attempt still has room
        quick=True,
        typical_s=80,
    ),
)
