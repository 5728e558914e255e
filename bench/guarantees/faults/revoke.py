"""A task waits behind one that runs, and is revoked: it must not run.

`revoke` is a message to all workers, which keep the ids of what they are not to run. It needs remote control, which
kombu has where a broker can send one message to many queues; where it has none, `revoke` returns all the same. Source:
"revoke: Revoking tasks" in the "Workers Guide" of Celery's user guide, and celery issue 5760.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_RUNNING_S = 3.0


def _play(attempt: Attempt) -> Observation:
    attempt.worker()
    running = attempt.send(1, "tasks.sleep", _RUNNING_S)
    attempt.started(running)
    (revoked,) = attempt.send(1, runs=0)
    attempt.note("the second task is revoked")
    attempt.command("revoke", first=revoked, count=1)
    attempt.finished(running)
    after = attempt.send(1)
    if not attempt.finished(after):
        return Observation("the worker runs nothing any more", kept=False)
    attempt.scene.pause(1.0)  # where no order is kept, it may come behind
    ran = bool(attempt.ledger().starts(revoked))
    return Observation(f"the revoked task {'runs all the same' if ran else 'does not run'}", kept=not ran)


FAULTS = (
    Fault(
        name="revoke",
        group="semantics",
        title="A waiting task is revoked",
        about=__doc__ or "",
        play=_play,
        breaks="nothing",
        settings={"worker_enable_remote_control": True},
        typical_s=25,
    ),
)
