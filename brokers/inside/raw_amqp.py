"""py-amqp alone, with the same operations as ``kombu/transport/pyamqp.py``."""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from typing import Any, Callable, Generator

__all__ = ["RawClient"]

_PATIENCE_S, _POLL_S = 5.0, 0.01


class RawClient:
    """A py-amqp channel that kombu opens, with publisher confirms if the job uses them."""

    def __init__(self, app: Any, connection: Any, prefetch: tuple[int, bool]) -> None:
        self._channel = connection.default_channel
        self._prefetch, self._for_channel = prefetch
        self._queue = app.conf.task_default_queue

    def take_back(self) -> Any:
        """Return Celery's message."""
        return self._channel.basic_get(self._queue, no_ack=True)

    def sender(self, message: Any) -> Callable[[], Any]:
        """Return a callable that publishes it again."""
        if isinstance(message.body, str):  # py-amqp decoded it, and would encode it again at each call
            message.body = message.body.encode(message.properties["content_encoding"])
        return partial(self._channel.basic_publish, message, exchange="", routing_key=self._queue)

    def deliveries(self, count: int) -> Generator[Any, None, None]:
        """Consume on a separate channel, up to the prefetch."""
        # Count first, so that reading needs no timeout, which would cost system calls for each frame.
        if not self._wait_for(count):
            return
        connection = self._channel.connection
        arrived: deque[Any] = deque()
        with connection.channel() as channel:
            channel.basic_qos(0, self._prefetch, self._for_channel)
            channel.basic_consume(self._queue, callback=arrived.append)
            while True:
                while not arrived:
                    connection.drain_events()
                yield arrived.popleft()

    def _wait_for(self, count: int) -> bool:
        """Return True once that many messages wait: unconfirmed ones are counted a little after they are published."""
        deadline_s = time.monotonic() + _PATIENCE_S
        while self._channel.queue_declare(self._queue, passive=True).message_count < count:
            if time.monotonic() > deadline_s:
                return False
            time.sleep(_POLL_S)
        return True

    def acknowledge(self, message: Any) -> None:
        """Write the acknowledgement, which no server answers."""
        message.channel.basic_ack(message.delivery_tag)
