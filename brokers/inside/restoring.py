"""Makes a worker with kombu before 5.7 look for unacknowledged tasks on Redis as often as its settings ask.

From 5.7 on, ``unacked_restore_interval`` and ``unacked_restore_throttle`` set the interval. Before, it is 100 s, so
the tasks of a killed worker come back long after their visibility timeout. This is for waits that the harness
shortens. Where a user sets these options, kombu's own handling of them is measured.
"""

from __future__ import annotations

from typing import Any

__all__ = ["apply"]

_INTERVAL = "unacked_restore_interval"


def apply(settings: dict[str, Any]) -> None:
    """Apply these settings where kombu does not; where they do not set an interval, change nothing."""
    interval_s = settings.get("broker_transport_options", {}).get(_INTERVAL)
    if interval_s is None:
        return
    from kombu.transport import redis

    if not hasattr(redis.Channel, _INTERVAL):
        _restore_every(interval_s, redis.Transport, redis.QoS)


def _restore_every(interval_s: float, transport: Any, qos: Any) -> None:
    register, restore = transport.register_with_event_loop, qos.restore_visible

    def register_and_restore(self: Any, connection: Any, loop: Any) -> None:
        register(self, connection, loop)
        loop.call_repeatedly(interval_s, self.cycle.maybe_restore_messages)

    def restore_at_each_call(self: Any, start: int = 0, num: int = 10, interval: int = 10) -> Any:
        return restore(self, start, num, 1)

    transport.register_with_event_loop, qos.restore_visible = register_and_restore, restore_at_each_call
