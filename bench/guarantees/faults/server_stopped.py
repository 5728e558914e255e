"""The server is stopped for five seconds (SIGSTOP) while a producer sends ten tasks a second and a worker runs them.

A machine swaps, is being snapshotted, or fails over slowly: connections stay open, and nothing answers. No task should
be lost or repeated, only delayed. Source: "DEBUG SLEEP" does the same to Redis, in its own tests.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_TASKS = 80
_INTERVAL_S = 0.1
_STOPPED_S = 5.0


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.begin_to_send(_TASKS, interval_s=_INTERVAL_S)
    attempt.scene.pause(1.0)
    attempt.stop_server_for(_STOPPED_S)
    attempt.end_sending(_TASKS * _INTERVAL_S + _STOPPED_S)
    attempt.recover(within_s=30)
    attempt.settle(linger=True)
    return Observation(attempt.raised())


FAULTS = (
    Fault(
        name="server-stopped",
        group="server",
        title="The server is stopped for 5 s (SIGSTOP)",
        about=__doc__ or "",
        run=_run,
        breaks="server",
        typical_s=75,
    ),
)
