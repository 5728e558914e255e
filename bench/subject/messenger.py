"""What publishes and takes messages instead of Celery, and with which prefetch."""

from __future__ import annotations

import os
from typing import Any, Callable, Generator, Protocol

__all__ = ["Messenger", "Publish", "prefetch"]

Publish = Callable[[Any], Any]
"""Makes Celery publish the job's task once, by the kombu producer that it gets."""


class Messenger(Protocol):
    """Publishes and takes messages with the same bytes that Celery publishes, on a queue that was empty."""

    send: Callable[[], Any]
    """Publishes one message."""

    def deliveries(self, count: int) -> Generator[Any, None, None]:
        """Return messages as they arrive, each to be acknowledged before the next one is requested.

        The caller takes ``count`` and closes the generator. It ends early when no more messages arrive.
        """
        ...

    def acknowledge(self, message: Any) -> None:
        """Acknowledge one of them."""
        ...


def prefetch(app: Any, connection: Any) -> tuple[int, bool]:
    """Return the prefetch of Celery's worker: how many messages (0: no limit), and whether for the whole channel.

    The source is ``celery/worker/components.py`` and ``celery/worker/consumer/tasks.py``.
    """
    count = (app.conf.worker_concurrency or os.cpu_count() or 1) * app.conf.worker_prefetch_multiplier
    quorum = app.conf.get("task_default_queue_type") == "quorum"  # refuses a limit for the whole channel
    return count, not quorum and not connection.qos_semantics_matches_spec
