"""Every connection of a sender and of a worker that runs a task is reset; new connections work at once.

A load balancer drops its connections, a firewall restarts, or a NAT table is full. The worker must reconnect by itself
and consume again, and the sender's next call must open a new connection. On Redis, workers that fail to do so have been
reported since Celery 5. Nothing else is in flight at that moment: a task that Redis delivers in the very millisecond of
the reset is lost. Source: issues 8030, 10205 and 10302 of Celery.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.calls import calls_in_words
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_RUNNING_S = 2.0
_RESTING_S = 0.5
_CALLS = 2
_PATIENCE_S = 30.0


def _run(attempt: Attempt) -> Observation:
    attempt.warm_up()
    attempt.put_to_work(_RUNNING_S, least_s=_RESTING_S + 0.2)
    attempt.send(3)
    attempt.scene.pause(_RESTING_S)
    attempt.break_by("every connection of the sender and of the worker is reset", lambda: _reset(attempt))
    attempt.healed_ns = attempt.note("new connections work")
    calls = attempt.begin_to_send(_CALLS)
    attempt.end_sending_within(_PATIENCE_S)
    attempt.recover(_PATIENCE_S)
    attempt.settle(linger=True)
    return Observation(f"the next calls: {calls_in_words(attempt, calls, _PATIENCE_S)}")


def _reset(attempt: Attempt) -> None:
    for relay in attempt.scene.relays.values():
        relay.reset()


FAULTS = (
    Fault(
        name="connection-reset",
        group="network",
        title="All connections of a sender and of a busy worker are reset",
        about=__doc__ or "",
        run=_run,
        breaks="relay",
        quick=True,
        concurrency=3,  # one process runs a task, one may run it again, and one is free
        through=("sender", "worker"),
        typical_s=60,
    ),
)
