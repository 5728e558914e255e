"""The server stands still for five seconds (SIGSTOP) while a producer sends ten tasks a second and a worker runs them.

A machine that swaps, a snapshot, a failover that takes its time: connections stay open, and nobody answers. Nothing
should be lost or repeated, only late. Source: "DEBUG SLEEP" does the same to Redis, in its own tests.
"""

from bench.guarantees.fault import Fault, Finding
from bench.guarantees.trial import Trial

__all__ = ["FAULTS"]

_TASKS = 80
_INTERVAL_S = 0.1
_STOPPED_S = 5.0


def _play(trial: Trial) -> Finding:
    trial.worker()
    trial.begin_to_send(_TASKS, interval_s=_INTERVAL_S)
    trial.scene.pause(1.0)
    trial.stop_server_for(_STOPPED_S)
    trial.end_sending(_TASKS * _INTERVAL_S + _STOPPED_S)
    trial.recover(within_s=30)
    trial.settle(linger=True)
    return Finding(trial.raised())


FAULTS = (
    Fault(
        name="server-stopped",
        group="server",
        title="The server stands still for 5 s (SIGSTOP)",
        about=__doc__ or "",
        play=_play,
        breaks="server",
        typical_s=75,
    ),
)
