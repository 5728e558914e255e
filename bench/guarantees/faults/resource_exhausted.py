"""The server has no memory, or no disk space, left for tasks; 5 s later it has some again.

Redis at `maxmemory` with `noeviction` answers every write with an error. RabbitMQ raises an alarm and stops reading
from publishers: `apply_async` waits, or, without publisher confirms, returns while the socket still takes bytes, and
those tasks are lost if the connection ends. A worker's acknowledgements are writes, too. Source: "Key eviction" in
Redis's documentation, "Memory and Disk Alarms" in RabbitMQ's.
"""

from functools import partial

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.processes.errors import SubjectFailed
from brokers.protocol import Resource

__all__ = ["FAULTS"]

_RESOURCES: tuple[Resource, ...] = ("memory", "disk")
_TASKS = 10
_WITHOUT_S = 5.0
_MOST_S = 30.0


def _run(attempt: Attempt, of: Resource) -> Observation:
    scene = attempt.scene
    attempt.worker()
    attempt.finished(attempt.send(2))
    depriving = scene.subject.broker.deprive(scene.server, of)
    if depriving is None:
        raise SubjectFailed(f"{scene.subject.broker.name} cannot be made to run out of {of}")
    attempt.fault_ns = attempt.note(f"the server is about to run out of {of}")
    with depriving:
        attempt.note(f"the server has no {of} left")
        attempt.begin_to_send(_TASKS)
        scene.pause(_WITHOUT_S)
        accepted = len(attempt.ledger().accepted) - 2
    attempt.healed_ns = attempt.note(f"the server has {of} again")
    attempt.end_sending(_MOST_S)
    attempt.recover(within_s=30)
    attempt.settle(linger=True)
    raised = attempt.raised()
    return Observation(f"{accepted} of {_TASKS} are accepted in the meantime{'; ' if raised else ''}{raised}")


FAULTS = tuple(
    Fault(
        name=f"{of}-full",
        group="server",
        title=f"The server has no {of} left for 5 s",
        about=__doc__ or "",
        run=partial(_run, of=of),
        breaks="server",
        typical_s=60,
    )
    for of in _RESOURCES
)
