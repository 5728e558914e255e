"""The kernel kills the pool process that runs a task, because it wants more memory than its control group may have.

This is the most common end of a worker in a container. Here a control group of 256 MiB contains only the child, and a
task asks for more: the kernel's own out-of-memory killer strikes. It requires permission to create a control group.
Source: "Memory Resource Controller" in the kernel's documentation.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.cgroup import memory_limited, why_not_limited
from bench.guarantees.fault import Fault
from bench.subject.recorder import FINISHED, STARTED
from brokers.protocol import Broker, Profile

__all__ = ["FAULTS"]

_LIMIT_BYTES = 256 * 2**20
_HOARD_BYTES = 512 * 2**20


def _refusal(broker: Broker, profile: Profile) -> str:
    return why_not_limited()


def _run(attempt: Attempt) -> None:
    attempt.worker()
    (first,) = attempt.send(1)
    attempt.finished([first])
    child = attempt.ledger().of(FINISHED, first)[0].pid
    with memory_limited(child, _LIMIT_BYTES):
        (hungry,) = attempt.send(1, "tasks.hoard", _HOARD_BYTES, 1.0)
        attempt.must_start([hungry])
        attempt.fault_ns = attempt.note("the task asks for 512 MiB in a control group of 256 MiB")
        attempt.until(lambda ledger: len(ledger.of(STARTED, hungry)) > 1 or hungry in ledger.finished, within_s=3)
    attempt.recover(within_s=20)
    attempt.settle()


FAULTS = (
    Fault(
        name="out-of-memory",
        group="worker",
        title="The kernel's out-of-memory killer ends the pool's child during a task",
        about=__doc__ or "",
        run=_run,
        refusal=_refusal,
        typical_s=30,
    ),
)
