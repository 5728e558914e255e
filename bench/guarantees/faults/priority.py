"""While no worker runs, five tasks of priority 0 and five of priority 9 are sent alternately; then a worker starts.

Priorities let an urgent task overtake others, and brokers order them differently: 0 is the highest on Redis, 9 on
RabbitMQ. There a queue has priorities only if it was declared with `x-max-priority` (`task_queue_max_priority`), which
quorum queues refuse. The worker takes one task at a time, because nothing overtakes a task that it has taken. The fault
runs with and without that setting. Source: "Routing Tasks", "RabbitMQ Message Priorities" and "Redis Message
Priorities", in Celery's user guide.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from brokers.protocol import Settings

__all__ = ["FAULTS"]

_EACH = 5
_LOW, _HIGH = 0, 9


def _run(attempt: Attempt) -> Observation:
    attempt.scene.dismiss_workers()
    priorities: dict[int, int] = {}
    for _ in range(_EACH):
        for priority in (_LOW, _HIGH):
            priorities |= dict.fromkeys(attempt.send(1, options={"priority": priority}), priority)
    if len(attempt.refusals) == len(priorities):
        return Observation(f"nothing can be sent: {attempt.refusals[-1].error}")
    attempt.worker()
    attempt.settle()
    order = attempt.ledger().order
    return Observation(_which_way_round([priorities[number] for number in order], order))


def _which_way_round(priorities: list[int], order: list[int]) -> str:
    """Return, in words, in which order tasks with these numbers and priorities started."""
    listed = " ".join(map(str, priorities))
    if priorities == sorted(priorities, reverse=True):
        return f"honoured, 9 before 0: {listed}"
    if priorities == sorted(priorities):
        return f"honoured, 0 before 9: {listed}"
    return f"{'not honoured, in the order sent' if order == sorted(order) else 'honoured in part'}: {listed}"


def _fault(name: str, title: str, settings: Settings) -> Fault:
    return Fault(
        name=name,
        group="semantics",
        title=title,
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        promised=False,
        settings={"worker_prefetch_multiplier": 1, **settings},
        typical_s=25,
    )


FAULTS = (
    _fault("priority", "Priorities 0 and 9, with task_queue_max_priority 10", {"task_queue_max_priority": 10}),
    _fault("priority-plain", "Priorities 0 and 9, without task_queue_max_priority", {}),
)
