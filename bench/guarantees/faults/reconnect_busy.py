"""A worker's connection is reset while one of its four processes runs a task of 10 s. What comes next must not wait.

`-O fair`, the default, gives a task to a free process only. In Celery before 5.7 a reconnect made a worker forget which
of its processes were busy: the next task went to the one with the long task and waited for its end, while the others
were idle. Five tasks are sent after the reconnect. With late acknowledgement some brokers also deliver the long task
again; even then two processes are free. Source: pull request 10346 and issue 7515 of Celery, and `flush` in
`celery/concurrency/asynpool.py`.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import ACKNOWLEDGING_S, LEAST_S
from bench.guarantees.ledger import Event, Ledger
from bench.subject.recorder import FINISHED, RECEIVED, STARTED

__all__ = ["FAULTS"]

_LONG_S = 10.0
_SHORT = 5
_HELD_NS = 500_000_000  # a task that waits for less was not held back, only on its way
_VISIBILITY_S = 20.0  # so that the long task does not come back by a timeout
_PATIENCE_S, _ENDING_S = 30.0, 15.0


def _run(attempt: Attempt) -> Observation:
    attempt.warm_up()
    long = attempt.put_to_work(_LONG_S, least_s=LEAST_S).number
    attempt.scene.pause(ACKNOWLEDGING_S)
    attempt.break_by("every connection of the worker is reset", attempt.scene.relays["worker"].reset)
    attempt.healed_ns = attempt.note("new connections work")
    attempt.recover(_PATIENCE_S)
    attempt.send(_SHORT)
    attempt.settle()
    attempt.until(_is_idle, _LONG_S + _ENDING_S)  # a second run of the long task is not part of the next attempt
    return Observation("") if attempt.stopped else _found(attempt.ledger(), long, attempt.healed_ns)


def _is_idle(ledger: Ledger) -> bool:
    return all(len(ledger.of(FINISHED, number)) >= len(ledger.starts(number)) for number in ledger.numbers(STARTED))


def _found(ledger: Ledger, long: int, reconnected_ns: int) -> Observation:
    """Return how many deliveries after the reset waited for the end of the long task, which ran beside them."""
    ends = ledger.of(FINISHED, long)
    end_ns = ends[0].at_ns if ends else 0
    new = [event for event in ledger.events if event.kind == RECEIVED and event.at_ns > reconnected_ns]
    beside = [event for event in new if event.at_ns + _HELD_NS < end_ns]
    waits_s = [(start_ns - event.at_ns) / 1e9 for event in beside if (start_ns := _start_ns(ledger, event)) > end_ns]
    words = f"{len(waits_s)} of {len(beside)} deliveries wait for the end of the long task beside free processes"
    return Observation(
        (words + (f", up to {max(waits_s):.2f} s" if waits_s else "")) if beside else "nothing came while the task ran",
        kept=False if waits_s else None,
        tested=bool(beside),
        figures={"held_back_tasks": float(len(waits_s)), "longest_wait_s": max(waits_s, default=0.0)},
    )


def _start_ns(ledger: Ledger, received: Event) -> int:
    """Return when a task was first started after a worker received it; 0 if never."""
    starts = (start.at_ns for start in ledger.starts(received.number) if start.at_ns > received.at_ns)
    return min(starts, default=0)


FAULTS = (
    Fault(
        name="reconnect-busy",
        group="network",
        title="A worker reconnects while one of its four processes runs a long task",
        about=__doc__ or "",
        run=_run,
        breaks="relay",
        concurrency=4,
        through=("worker",),
        visibility_s=_VISIBILITY_S,
        typical_s=60,
    ),
)
