"""Names for what exists beside a queue on a server: the exchanges and queues of remote control, events and broadcasts.

Each contains the queue's name, so nobody else uses it. A run chooses all names before it declares anything, because
not every server can list what it holds, or list at once what was just created.
"""

from brokers.protocol import Settings

__all__ = ["MAILBOX", "broadcast_beside", "broadcast_queue_beside", "names_beside", "queues_beside", "settings_beside"]

MAILBOX = "mailbox"
"""Part of the names of the reply queue and the event queue. One process at a time uses them."""
_BROADCAST_QUEUES = 4  # one for each worker that runs at the same time; currently at most two do


def settings_beside(queue: str) -> Settings:
    """Return the Celery settings that make remote control and events use these exchanges and queues."""
    stem = _stem(queue)
    return {
        "control_exchange": f"{stem}.ctl",  # short, because Celery prefixes it with an id of 36 characters
        "event_exchange": f"{stem}.event",
        "event_queue_prefix": f"{stem}.event",
    }


def broadcast_beside(queue: str) -> str:
    """Return the name of a queue whose tasks every worker receives."""
    return f"{_stem(queue)}.all"


def broadcast_queue_beside(queue: str, place: int) -> str:
    """Return the name of the queue in which the worker at that place, counted from 0, receives broadcasts.

    The names repeat after a few places, when the worker that used the name before has ended.
    """
    return f"{broadcast_beside(queue)}.{place % _BROADCAST_QUEUES}"


def queues_beside(queue: str) -> tuple[str, ...]:
    """Return all queues beside this one that may be left on the server.

    A worker's own queue of remote control is not included, because its name contains the worker's host. Where a server
    would keep such a queue, its broker deletes it.
    """
    settings = settings_beside(queue)
    broadcasts = (broadcast_queue_beside(queue, place) for place in range(_BROADCAST_QUEUES))
    return (
        *broadcasts,
        f"{settings['event_queue_prefix']}.{MAILBOX}",
        f"{MAILBOX}.reply.{settings['control_exchange']}.pidbox",
    )


def names_beside(queue: str) -> tuple[str, ...]:
    """Return all exchanges and queues beside this queue that may be left on the server."""
    settings = settings_beside(queue)
    boxes = (f"{prefix}{settings['control_exchange']}.pidbox" for prefix in ("", "reply."))
    return (*boxes, settings["event_exchange"], broadcast_beside(queue), *queues_beside(queue))


def _stem(queue: str) -> str:
    """Return the queue's name up to its first dot: other names must not end in the suffix that a broker adds to one."""
    return queue.partition(".")[0]
