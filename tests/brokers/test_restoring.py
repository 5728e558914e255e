"""A worker with an older kombu looks for unacknowledged tasks on Redis as often as a newer one does when it is told."""

from kombu.transport import redis

from brokers.inside import restoring

TOLD = {"broker_transport_options": {"unacked_restore_interval": 1, "unacked_restore_throttle": 1}}


class Transport:
    """An older one: it looks every 10 s."""

    def __init__(self) -> None:
        self.cycle = Cycle()

    def register_with_event_loop(self, connection: object, loop: "Loop") -> None:
        loop.call_repeatedly(10, self.cycle.maybe_restore_messages)


class Cycle:
    def maybe_restore_messages(self) -> None:
        """Look."""


class QoS:
    """An older one: it looks at every tenth call."""

    def restore_visible(self, start: int = 0, num: int = 10, interval: int = 10) -> tuple[int, int, int]:
        return start, num, interval


class Loop:
    def __init__(self) -> None:
        self.calls: list[tuple[float, object]] = []

    def call_repeatedly(self, delay_s: float, function: object) -> None:
        self.calls.append((delay_s, function))


def test_it_looks_as_often_as_it_is_told_and_at_each_call() -> None:
    restoring._restore_every(1, Transport, QoS)
    transport, loop = Transport(), Loop()
    transport.register_with_event_loop(None, loop)
    look = transport.cycle.maybe_restore_messages
    assert loop.calls == [(10, look), (1, look)]
    assert QoS().restore_visible(num=50) == (0, 50, 1)


def test_a_kombu_that_knows_the_setting_is_left_as_it_is() -> None:
    before = redis.QoS.restore_visible, redis.Transport.register_with_event_loop
    if hasattr(redis.Channel, "unacked_restore_interval"):
        restoring.apply(TOLD)
    restoring.apply({"broker_transport_options": {"visibility_timeout": 5}})
    restoring.apply({})
    assert before == (redis.QoS.restore_visible, redis.Transport.register_with_event_loop)
