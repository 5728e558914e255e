"""The server has no memory, or no disk, left to take tasks with; then it has again.

Redis at `maxmemory` with `noeviction` answers every write with an error. RabbitMQ raises an alarm and stops reading
from publishers: `apply_async` waits, or, without publisher confirms, returns as long as the socket takes bytes, and
those tasks are lost if the connection ends. A worker's own acknowledgements are writes, too. Source: "Key eviction" in
Redis's documentation, "Memory and Disk Alarms" in RabbitMQ's.
"""

from functools import partial
from typing import get_args

from bench.errors import SubjectFailed
from bench.guarantees.fault import Fault, Finding
from bench.guarantees.trial import Trial
from brokers.protocol import Resource

__all__ = ["FAULTS"]

_TASKS = 10
_WITHOUT_S = 5.0
_MOST_S = 30.0


def _play(trial: Trial, of: Resource) -> Finding:
    scene = trial.scene
    trial.worker()
    trial.finished(trial.send(2))
    depriving = scene.subject.broker.deprive(scene.server, of)
    if depriving is None:
        raise SubjectFailed(f"{scene.subject.broker.name} has no way to be without {of}")
    trial.fault_ns = trial.note(f"the server is to have no {of} left")
    with depriving:
        trial.note(f"the server has no {of} left")
        trial.begin_to_send(_TASKS)
        scene.pause(_WITHOUT_S)
        accepted = len(trial.ledger().accepted) - 2
    trial.healed_ns = trial.note(f"the server has {of} again")
    trial.end_sending(_MOST_S)
    trial.recover(within_s=30)
    trial.settle(linger=True)
    raised = trial.raised()
    return Finding(f"{accepted} of {_TASKS} are accepted meanwhile{'; ' if raised else ''}{raised}")


FAULTS = tuple(
    Fault(
        name=f"{of}-full",
        group="server",
        title=f"The server has no {of} left for 5 s",
        about=__doc__ or "",
        play=partial(_play, of=of),
        breaks="server",
        typical_s=60,
    )
    for of in get_args(Resource)
    if of != "persistence"
)
