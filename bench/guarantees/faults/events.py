"""Five tasks run while another process listens to events; it should hear what happens to each task.

Flower and other monitors depend on events. The worker sends them if it is started with `-E`
(`worker_send_task_events`), the sender with `task_send_sent_event`. They go to a topic or fanout exchange, and to
nobody on brokers for which kombu has neither. Source: "Monitoring and Management Guide" in Celery's user guide.
"""

import time
from collections import Counter

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.subject.recorder import task_id

__all__ = ["FAULTS"]

_TASKS = 5
_KINDS = ("task-sent", "task-received", "task-started", "task-succeeded")
_SUBSCRIBING_S = 1.0
_ARRIVAL_S = 5.0


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.command("watch", of=attempt.scene.monitor())
    attempt.scene.pause(_SUBSCRIBING_S)  # until it waits for the first event
    numbers = attempt.send(_TASKS)
    attempt.settle()
    deadline_s = time.monotonic() + _ARRIVAL_S
    seen, failure = _seen(attempt, numbers)
    while seen.total() < _TASKS * len(_KINDS) and time.monotonic() < deadline_s:
        attempt.scene.pause(0.2)
        seen, failure = _seen(attempt, numbers)
    heard = ", ".join(f"{seen[kind]} {kind}" for kind in _KINDS)
    return Observation(
        f"of {_TASKS} tasks another process hears {heard}{f', and raises {failure}' if failure else ''}",
        figures={f"{kind.replace('-', '_')}_events": float(seen[kind]) for kind in _KINDS},
    )


def _seen(attempt: Attempt, numbers: range) -> tuple[Counter[str], str]:
    """Return the number of events of these tasks by kind, each task once, and why there may be no more."""
    answer = attempt.command("seen_events", of=attempt.scene.monitor())
    ids = set(map(task_id, numbers))
    return Counter(kind for kind, uuid in set(map(tuple, answer["events"])) if uuid in ids), answer["failure"]


FAULTS = (
    Fault(
        name="events",
        group="semantics",
        title="Another process listens to the events of five tasks",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        promised=False,
        settings={"worker_send_task_events": True, "task_send_sent_event": True},
        typical_s=20,
    ),
)
