"""pgmq's client alone, with the same operations as ``kombu/transport/pgmq.py``."""

from __future__ import annotations

import time
from functools import partial
from typing import Any, Callable, Generator

__all__ = ["RawClient"]

_MOST_MESSAGES = 10  # the most that kombu reads at once
_POLL_S = 2  # how long Celery's worker polls
_PATIENCE_S = 30.0


class RawClient:
    """A client of pgmq that is configured by kombu and then used directly: each call is a transaction."""

    def __init__(self, app: Any, connection: Any, prefetch: tuple[int, bool]) -> None:
        channel = connection.default_channel
        self._client = channel.pgmq
        self._queue = channel.canonical_queue_name(app.conf.task_default_queue)
        self._most = min(_MOST_MESSAGES, prefetch[0] or _MOST_MESSAGES)
        method = {"grouped": "read_grouped", "round_robin": "read_grouped_rr"}.get(channel.fifo_mode, "read")
        self._read = partial(
            getattr(self._client, f"{method}_with_poll"),
            self._queue,
            vt=channel.visibility_timeout,
            max_poll_seconds=min(_POLL_S, channel.wait_time_seconds),
            poll_interval_ms=channel.poll_interval_ms,
        )

    def take_back(self) -> Any:
        """Return Celery's message."""
        message = next(self.deliveries(1), None)
        if message is not None:
            self.acknowledge(message)
        return message

    def sender(self, message: Any) -> Callable[[], Any]:
        """Return a callable that sends it again."""
        return partial(self._client.send, self._queue, message.message, headers=message.headers)

    def deliveries(self, count: int) -> Generator[Any, None, None]:
        """Read as many messages at once as the prefetch allows."""
        last_s = time.monotonic()
        while count and time.monotonic() - last_s < _PATIENCE_S:
            found = self._read(qty=min(self._most, count)) or ()
            for message in found if isinstance(found, list) else (found,):
                yield message
                count -= 1
                last_s = time.monotonic()

    def acknowledge(self, message: Any) -> None:
        """Delete this one message, as kombu does."""
        self._client.delete(self._queue, message.msg_id)
