"""Twenty tasks wait while a server that is full of other data throws away what was used longest ago; then work begins.

A Redis that is also a cache has a `maxmemory` and often the policy `allkeys-lru`: when it is full, it deletes the keys
that were used longest ago. A queue is one key, so all tasks that wait in it go at once, without an error at the sender
or in a worker. A durable profile refuses a user's own server with such a policy; here a private one gets it, to show
what is lost then. Source: "Key eviction" in Redis's documentation.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.processes.errors import SubjectFailed

__all__ = ["FAULTS"]

_TASKS = 20
_UNUSED_S = 3.0  # a Redis knows the time of a key's last use to the second


def _run(attempt: Attempt) -> Observation:
    scene = attempt.scene
    depriving = scene.subject.broker.deprive(scene.server, "retention")
    if depriving is None:
        raise SubjectFailed(f"{scene.subject.broker.name} does not throw away tasks to make room for other data")
    scene.dismiss_workers()
    waiting = set(attempt.send(_TASKS))
    scene.pause(_UNUSED_S)
    attempt.fault_ns = attempt.note("other data fills the server, which makes room for it")
    with depriving:
        attempt.heal_by("a worker is ready", attempt.worker)
        attempt.recover(within_s=30)
        attempt.settle(linger=True)
    gone = len(waiting & attempt.ledger().lost)
    return Observation(f"{gone} of {_TASKS} waiting tasks are gone", figures={"evicted": float(gone)})


FAULTS = (
    Fault(
        name="evicted",
        group="server",
        title="The server is full of other data and evicts what was used longest ago",
        about=__doc__ or "",
        run=_run,
        breaks="server",
        typical_s=60,
    ),
)
