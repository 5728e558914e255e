"""Connections die silently: what is sent on them never arrives, and neither end notices. New connections work.

Causes are an unplugged cable, a host without power, or a firewall or NAT that forgot a connection and drops its
packets. A client that waits for an answer waits until its timeout, and the defaults are long, or even for ever. For the
producer: `apply_async` is called on such a connection. It may wait, raise, or return although the task is gone. A call
without an answer after 30 s is reported as such, and the sender is killed. For the worker: how long does a worker with
dead connections take to consume again? On a real network, the kernel gives up a dead connection about a quarter of an
hour after something was sent on it; behind the relay it does not. Source: issues 4296 and 9259 of Celery, "Detecting
Dead TCP Connections with Heartbeats" in RabbitMQ's documentation, and `tcp_retries2` in tcp(7).
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.calls import calls_in_words
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_CALLS = 3
_INTERVAL_S = 0.5
_PATIENCE_S = 30.0
_SLACK_S = 15.0


def _producer(attempt: Attempt) -> Observation:
    attempt.warm_up()
    relay = attempt.scene.relays["sender"]
    attempt.break_by("the sender's connections die silently, and new ones work", relay.swallow)
    calls = attempt.begin_to_send(_CALLS, interval_s=_INTERVAL_S)
    if attempt.end_sending_within(_PATIENCE_S):
        attempt.scene.sender().kill_group()  # it might lose what it sends next
    attempt.heal_by("another sender is ready", attempt.scene.sender)
    attempt.recover(_PATIENCE_S)
    attempt.settle()
    return Observation(calls_in_words(attempt, calls, _PATIENCE_S))


def _worker(attempt: Attempt) -> None:
    waits = attempt.scene.subject.broker.waits
    attempt.warm_up()
    attempt.break_by("the worker's connections die silently", attempt.scene.relays["worker"].swallow)
    attempt.healed_ns = attempt.note("new connections work")
    attempt.recover(waits.silence.within_s + _SLACK_S)
    attempt.settle(waits.silence.within_s + attempt.redelivery_s)


FAULTS = (
    Fault(
        name="black-hole-producer",
        group="network",
        title="The sender's connections die silently, and it calls apply_async",
        about=__doc__ or "",
        run=_producer,
        breaks="relay",
        through=("sender",),
        typical_s=60,
    ),
    Fault(
        name="black-hole-worker",
        group="network",
        title="An idle worker's connections die silently",
        about=__doc__ or "",
        run=_worker,
        breaks="relay",
        silent=True,
        through=("worker",),
        typical_s=75,
    ),
)
