"""Connections die silently: what is sent on them arrives nowhere, and neither end hears of it. New ones work.

A cable, a host that lost its power, a firewall or NAT that forgot a connection and drops its packets. Who waits for an
answer waits until it loses patience, and the defaults are patient: for ever, in some. The producer's side:
`apply_async` on such a connection. It may wait, raise, or return although the task is gone. A call that is unanswered
after 30 s is told as such, and the sender is killed. The worker's side: how long until a worker whose connections died
consumes again. A real network's kernel gives a dead connection up about a quarter of an hour after something was sent
on it; the relay's does not. Source: issues 4296 and 9259 of Celery, "Detecting Dead TCP Connections with Heartbeats" in
RabbitMQ's documentation, and `tcp_retries2` in tcp(7).
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
    attempt.break_by("the sender's connections are dead, silently, and new ones work", relay.swallow)
    calls = attempt.begin_to_send(_CALLS, interval_s=_INTERVAL_S)
    if attempt.end_sending_within(_PATIENCE_S):
        attempt.scene.sender().kill_group()  # it may go on losing what it sends
    attempt.heal_by("another sender is ready", attempt.scene.sender)
    attempt.recover(_PATIENCE_S)
    attempt.settle()
    return Observation(calls_in_words(attempt, calls, _PATIENCE_S))


def _worker(attempt: Attempt) -> None:
    waits = attempt.scene.subject.broker.waits
    attempt.warm_up()
    attempt.break_by("the worker's connections are dead, silently", attempt.scene.relays["worker"].swallow)
    attempt.healed_ns = attempt.note("new connections work")
    attempt.recover(waits.silence.within_s + _SLACK_S)
    attempt.settle(waits.silence.within_s + attempt.redelivery_s)


FAULTS = (
    Fault(
        name="black-hole-producer",
        group="network",
        title="The sender's connections are dead, silently, and it calls apply_async",
        about=__doc__ or "",
        play=_producer,
        breaks="relay",
        through=("sender",),
        typical_s=60,
    ),
    Fault(
        name="black-hole-worker",
        group="network",
        title="An idle worker's connections are dead, silently",
        about=__doc__ or "",
        play=_worker,
        breaks="relay",
        silent=True,
        through=("worker",),
        typical_s=75,
    ),
)
