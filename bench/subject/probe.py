"""Answers, inside a worker's main process, how much it holds: its prefetch count, its tasks and its channels.

Only a job with the key ``probe`` has it. It is one thread that waits for the harness to ask, so a worker that is not
asked does nothing for it. The harness counts from outside what the system knows: memory, files and connections.
"""

from __future__ import annotations

import gc
import threading
from typing import Any, Callable, Iterator

from .pipe import Pipe

__all__ = ["answer_when_asked"]


def answer_when_asked(pipe: Pipe, app: Any) -> Callable[..., None]:
    """Return a handler of ``worker_ready`` that answers the harness from then on."""

    def ready(sender: Any = None, **_: object) -> None:
        threading.Thread(target=_serve, args=(pipe, app, sender), daemon=True).start()

    return ready


def _serve(pipe: Pipe, app: Any, consumer: Any) -> None:
    while pipe.receive() is not None:
        if gc.isenabled():  # what only waits for the collector is not a leak: a lost connection waits in a cycle
            gc.collect()
        pipe.send(**_held(app, consumer))


def _held(app: Any, consumer: Any) -> dict[str, Any]:
    """Return what the worker holds; what a worker that is reconnecting does not have yet is None.

    ``prefetch`` is the count that the consumer's channel uses, ``tasks`` how many tasks the worker took and has not
    acknowledged: the larger number of Celery's reserved requests and of the channel's unacknowledged messages.
    """
    from celery.worker import state

    found: dict[str, Any] = {"prefetch": None, "tasks": len(state.reserved_requests), "channels": None}
    try:
        quality = _of_channel(consumer)
        found["prefetch"] = quality.prefetch_count if quality is not None else _sent(consumer.qos)
        found["tasks"] = max(found["tasks"], _unacknowledged(quality))
        found["channels"] = sum(map(_channels, _connections(app, consumer)))
    except (AttributeError, RuntimeError):  # it is reconnecting, and takes apart what is read here
        pass
    return found


def _of_channel(consumer: Any) -> Any:
    """Return the quality of service of a virtual channel, which kombu itself keeps; None if a server keeps it."""
    quality = getattr(consumer.task_consumer.channel, "qos", None)
    return quality if hasattr(quality, "prefetch_count") else None


def _sent(quality: Any) -> int | None:
    """Return the prefetch count that was last sent to the server."""
    return quality.value if quality.prev is None else quality.prev  # type: ignore[no-any-return]


def _unacknowledged(quality: Any) -> int:
    return 0 if quality is None else len(quality._delivered) - len(quality._dirty)


def _connections(app: Any, consumer: Any) -> Iterator[Any]:
    """Yield the consumer's connection and those that wait in the app's pool for a publisher."""
    yield consumer.connection
    pool = getattr(app, "_pool", None)
    for connection in list(pool._resource.queue) if pool is not None else ():
        if hasattr(connection, "_connection"):  # otherwise one that was not opened yet
            yield connection


def _channels(connection: Any) -> int:
    """Return how many channels are open: py-amqp counts the connection itself as channel 0."""
    channels = getattr(connection._connection, "channels", None) or ()
    return len(channels) - (1 if isinstance(channels, dict) and 0 in channels else 0)
