"""The worker is killed with SIGKILL while eight tasks wait in it: it has prefetched them but not started them.

Prefetching makes short tasks fast. The tasks of a killed worker wait until the broker notices: on RabbitMQ when the
connection closes, on Redis and SQS when the visibility timeout ends. Source: "Prefetch Limits" in Celery's user guide.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault
from bench.guarantees.faults.worker_killed import ACKNOWLEDGING_S, LEAST_S
from bench.subject.recorder import RECEIVED

__all__ = ["FAULTS"]

_WAITING = 8
_RECEIVING_S = 8.0


def _run(attempt: Attempt) -> None:
    worker = attempt.worker()
    attempt.put_to_work(3.0, least_s=LEAST_S)
    waiting = set(attempt.send(_WAITING))
    attempt.until(lambda ledger: len(waiting & ledger.numbers(RECEIVED)) >= _WAITING - 1, within_s=2)
    attempt.scene.pause(ACKNOWLEDGING_S)
    attempt.break_by("the worker is killed with its children (SIGKILL)", worker.kill)
    attempt.heal_by("another worker is ready", attempt.worker)
    attempt.recover(within_s=30)
    attempt.settle(attempt.redelivery_s + _RECEIVING_S)


FAULTS = (
    Fault(
        name="prefetch-killed",
        group="worker",
        title="SIGKILL of the worker with eight tasks waiting in it",
        about=__doc__ or "",
        run=_run,
        settings={"worker_prefetch_multiplier": _WAITING + 1},
        typical_s=50,
    ),
)
