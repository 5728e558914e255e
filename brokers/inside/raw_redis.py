"""redis-py alone, with the same operations as ``kombu/transport/redis.py``."""

from __future__ import annotations

import time
import uuid
from functools import partial
from typing import Any, Callable, Generator

__all__ = ["RawClient"]

_BRPOP_S = 1  # kombu's own


class RawClient:
    """A Redis client that is configured by kombu and then used directly.

    Envelopes are pushed and popped unchanged. Each popped envelope is noted as unacknowledged before it is passed on,
    as in kombu, but under this client's own tag: kombu's is inside the envelope. At most one message is in progress,
    and a prefetch would not change that: on Redis, no command sends it.
    """

    def __init__(self, app: Any, connection: Any, prefetch: tuple[int, bool]) -> None:
        channel = connection.default_channel
        with channel.conn_or_acquire() as client:  # does not close the client at the end
            self._client = client
        self._pipeline = client.pipeline()
        self._unacked, self._index = channel.unacked_key, channel.unacked_index_key
        queue = app.conf.task_default_queue
        self._keys = [f"{queue}{channel.sep}{step}" if step else queue for step in channel.priority_steps]
        self._noted_end = f', "", "{queue}"]'.encode()  # exchange and routing key

    def take_back(self) -> Any:
        """Return the key and the envelope of Celery's message."""
        return self._client.brpop(self._keys, timeout=_BRPOP_S)

    def sender(self, message: Any) -> Callable[[], Any]:
        """Return a callable that pushes the envelope again."""
        return partial(self._client.lpush, *message)

    def deliveries(self, count: int) -> Generator[str, None, None]:
        """Pop envelopes, and yield the tags under which they are noted."""
        pop, pipeline = partial(self._client.brpop, self._keys, timeout=_BRPOP_S), self._pipeline
        for tag in [str(uuid.uuid4()) for _ in range(count)]:
            popped = pop()
            if popped is None:
                return
            noted = b"[" + popped[1] + self._noted_end
            pipeline.zadd(self._index, {tag: time.time()}).hset(self._unacked, tag, noted).execute()
            yield tag

    def acknowledge(self, message: str) -> None:
        """Remove the note."""
        self._pipeline.zrem(self._index, message).hdel(self._unacked, message).execute()
