"""A task waits behind a running one and is revoked: it must not run.

`revoke` is a message to all workers, which remember the ids of revoked tasks. It needs remote control, which kombu
supports on brokers that can send one message to many queues; on others, `revoke` returns anyway. Source: "revoke:
Revoking tasks" in the "Workers Guide" of Celery's user guide, and celery issue 5760.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_RUNNING_S, _LEAST_S = 3.0, 0.7


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    running = attempt.send_long(_RUNNING_S, least_s=_LEAST_S)
    attempt.started(running)
    (revoked,) = attempt.send(1, runs=0)
    attempt.note("the second task is revoked")
    attempt.command("revoke", first=revoked, count=1)
    attempt.finished(running)
    after = attempt.send(1)
    if not attempt.finished(after):
        return Observation("the worker no longer runs anything", kept=False)
    attempt.scene.pause(1.0)  # without an order, the revoked task may come last
    ran = bool(attempt.ledger().starts(revoked))
    return Observation(f"the revoked task {'runs anyway' if ran else 'does not run'}", kept=not ran)


FAULTS = (
    Fault(
        name="revoke",
        group="semantics",
        title="A waiting task is revoked",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        settings={"worker_enable_remote_control": True},
        typical_s=25,
    ),
)
