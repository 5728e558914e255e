"""A task, or a countdown, is unacknowledged for longer than the server lets a connected worker keep one.

RabbitMQ closes the channel of a consumer that has not acknowledged a message within `consumer_timeout`, 30 minutes by
default, and delivers all that the consumer had not acknowledged again, while the task still runs. A worker also keeps a
task with an `eta` or a countdown unacknowledged until it is due, with early acknowledgement, too. Here the timeout is
5 s, and the server checks each second instead of each minute. Unless `broker_channel_error_retry` is set, Celery's
worker ends when its channel is closed. Source: "Delivery Acknowledgement Timeout" in RabbitMQ's page on consumers,
`broker_channel_error_retry` in Celery's configuration reference.
"""

from collections.abc import Callable
from functools import partial

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import LATE
from bench.guarantees.ledger import Ledger
from bench.guarantees.visibility import visibility_s
from bench.processes.errors import SubjectFailed
from bench.subject.recorder import RECEIVED
from bench.text.numbers import times
from brokers.protocol import Broker, Profile, Settings

__all__ = ["FAULTS"]

_TIMEOUT_S = 5.0
_TASK_S = 9.0
_LEAST_S = 7.0  # the server checks each second
_DELIVERIES = 3
_MOST_S = 25.0


def _refusal(broker: Broker, profile: Profile) -> str:
    if broker.acknowledgement_timeout is not None:
        return ""
    has_visibility = visibility_s(broker.waits.redelivery) is not None
    instead = "; for its visibility timeout, see task-outlives-visibility" if has_visibility else ""
    return f"{broker.name} has no limit on how long a connected worker may keep a task unacknowledged{instead}"


def _run(attempt: Attempt, send: Callable[[Attempt], int], what: str) -> Observation:
    scene, broker = attempt.scene, attempt.scene.subject.broker
    limiting = broker.limit_acknowledgement(scene.server, _TIMEOUT_S)
    if limiting is None:
        raise SubjectFailed(f"this {broker.name} does not let its acknowledgement timeout be set")
    scene.dismiss_workers()  # the timeout holds for new connections
    with limiting:
        worker = attempt.worker()
        attempt.note(f"the server takes a task back if it is unacknowledged for {_TIMEOUT_S:.0f} s")
        task = send(attempt)
        attempt.fault_ns = attempt.note(f"{what} of {_TASK_S:.0f} s begins")
        attempt.until(lambda ledger: _deliveries(ledger, task) >= _DELIVERIES or not worker.alive, _MOST_S)
    attempt.healed_ns = attempt.note("new connections have the default again")
    attempt.recover(within_s=30)
    attempt.settle(linger=True)
    ledger = attempt.ledger()
    deliveries, starts = _deliveries(ledger, task), len(ledger.starts(task))
    found = f"it is delivered {times(deliveries)} and starts {times(starts)}"
    return Observation(
        f"the server takes {what} of {_TASK_S:.0f} s back after {_TIMEOUT_S:.0f} s: {found}"
        if deliveries > 1
        else f"the server does not take {what} back",
        tested=deliveries > 1,
        figures={"deliveries": float(deliveries), "runs": float(starts)},
    )


def _deliveries(ledger: Ledger, task: int) -> int:
    return len(ledger.of(RECEIVED, task))


def _long_task(attempt: Attempt) -> int:
    numbers = attempt.send_long(_TASK_S, least_s=_LEAST_S)
    attempt.must_start(numbers)
    return numbers[0]


def _countdown(attempt: Attempt) -> int:
    (task,) = attempt.send(options={"countdown": _TASK_S})
    attempt.until(lambda ledger: bool(_deliveries(ledger, task)), _MOST_S)
    return task


def _fault(name: str, title: str, send: Callable[[Attempt], int], what: str, settings: Settings) -> Fault:
    return Fault(
        name=name,
        group="worker",
        title=title,
        about=__doc__ or "",
        run=partial(_run, send=send, what=what),
        breaks="server",
        settings=settings,
        concurrency=8,  # so that each delivery of the task has room to start
        refusal=_refusal,
        typical_s=60,
    )


_TITLE = "unacknowledged for longer than the server allows a connected worker"
FAULTS = (
    _fault("consumer-timeout", f"A running task is {_TITLE}", _long_task, "a task", LATE),
    _fault("consumer-timeout-countdown", f"A countdown is {_TITLE}", _countdown, "a countdown", {}),
    _fault(
        "consumer-timeout-retry",
        f"A running task is {_TITLE}, with broker_channel_error_retry",
        _long_task,
        "a task",
        {**LATE, "broker_channel_error_retry": True},
    ),
)
