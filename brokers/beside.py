"""What is beside a queue on a server: the exchanges and queues of remote control, events and broadcasts.

Each has the queue's name in its own, so that no one else uses it. A run chooses all these names before anything is
declared, because not every server can list what is there, or lists at once what was just made.
"""

from brokers.protocol import Settings

__all__ = ["MAILBOX", "broadcast_beside", "broadcast_queue_beside", "names_beside", "queues_beside", "settings_beside"]

MAILBOX = "mailbox"
"""What the names of the queues of replies and of events have, of the one process that asks or listens at a time."""
_BROADCAST_QUEUES = 4  # of workers that live at a time; so far two do


def settings_beside(queue: str) -> Settings:
    """Return the Celery settings by which remote control and events use exchanges and queues of these names."""
    stem = _stem(queue)
    return {
        "control_exchange": f"{stem}.ctl",  # short: 36 characters of an id go before
        "event_exchange": f"{stem}.event",
        "event_queue_prefix": f"{stem}.event",
    }


def broadcast_beside(queue: str) -> str:
    """Return the name of a queue of which each worker gets every task."""
    return f"{_stem(queue)}.all"


def broadcast_queue_beside(queue: str, place: int) -> str:
    """Return the name of the queue in which the worker at that place, counted from 0, gets what is broadcast.

    A place's name comes again after a few more, when the worker that had it has ended.
    """
    return f"{broadcast_beside(queue)}.{place % _BROADCAST_QUEUES}"


def queues_beside(queue: str) -> tuple[str, ...]:
    """Return the queues that may be left of all these.

    A worker's own queue of remote control is not among them, since its host is in its name. Where a server would keep
    it, its broker deletes it.
    """
    settings = settings_beside(queue)
    broadcasts = (broadcast_queue_beside(queue, place) for place in range(_BROADCAST_QUEUES))
    return (
        *broadcasts,
        f"{settings['event_queue_prefix']}.{MAILBOX}",
        f"{MAILBOX}.reply.{settings['control_exchange']}.pidbox",
    )


def names_beside(queue: str) -> tuple[str, ...]:
    """Return the exchanges and queues that may be left of all these."""
    settings = settings_beside(queue)
    boxes = (f"{prefix}{settings['control_exchange']}.pidbox" for prefix in ("", "reply."))
    return (*boxes, settings["event_exchange"], broadcast_beside(queue), *queues_beside(queue))


def _stem(queue: str) -> str:
    """Return the queue's name up to its first dot: what a broker adds to a unique name, no other name may end in."""
    return queue.partition(".")[0]
