"""kombu without Celery: the same calls to it that Celery makes."""

from __future__ import annotations

import socket
from collections import deque
from functools import partial
from typing import Any, Callable, Generator

from kombu import Consumer

from .messenger import Publish, prefetch

__all__ = ["KombuClient"]

_PATIENCE_S = 30.0


class KombuClient:
    """A producer that repeats Celery's call again and again, and a consumer that decodes what it takes."""

    def __init__(self, app: Any, publish: Publish) -> None:
        self._connection = app.connection_for_write()
        self._accept = app.conf.accept_content
        recorded: dict[str, Any] = {}
        recording = self._connection.Producer(auto_declare=False)
        recording.publish = lambda body, **arguments: recorded.update(arguments, body=body)
        publish(recording)
        producer = self._connection.Producer(auto_declare=False)
        (self._queue,) = recorded["declare"]
        producer.maybe_declare(self._queue)  # connects, too
        self._prefetch, self._for_channel = prefetch(app, self._connection)
        self.send: Callable[[], Any] = partial(producer.publish, **recorded)

    def deliveries(self, count: int) -> Generator[Any, None, None]:
        """Consume on a separate channel, up to the prefetch."""
        arrived: deque[Any] = deque()
        with self._connection.channel() as channel:
            consumer = Consumer(channel, [self._queue], accept=self._accept)
            consumer.register_callback(lambda body, message: arrived.append(message))
            consumer.qos(prefetch_count=self._prefetch, apply_global=self._for_channel)
            consumer.consume()
            while True:
                try:
                    while not arrived:
                        self._connection.drain_events(timeout=_PATIENCE_S)
                except socket.timeout:
                    return
                yield arrived.popleft()

    def acknowledge(self, message: Any) -> None:
        """Acknowledge with kombu's message."""
        message.ack()
