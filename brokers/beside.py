"""What is beside a queue on a server: the exchanges of remote control, events and broadcasts.

Each has the queue's name in its own, so that a run uses no one else's and can delete them.
"""

from brokers.protocol import Settings

__all__ = ["broadcast_beside", "exchanges_beside", "settings_beside"]


def settings_beside(queue: str) -> Settings:
    """Give the Celery settings by which remote control and events use exchanges and queues of these names."""
    stem = _stem(queue)
    return {
        "control_exchange": f"{stem}.ctl",  # 36 characters of an id go before, and SQS takes 80
        "event_exchange": f"{stem}.event",
        "event_queue_prefix": f"{stem}.event",
    }


def broadcast_beside(queue: str) -> str:
    """Give the name of a queue of which each worker gets every task."""
    return f"{_stem(queue)}.all"


def exchanges_beside(queue: str) -> tuple[str, ...]:
    """Give the exchanges that may be left of all these."""
    settings = settings_beside(queue)
    boxes = (f"{prefix}{settings['control_exchange']}.pidbox" for prefix in ("", "reply."))
    return (*boxes, settings["event_exchange"], broadcast_beside(queue))


def _stem(queue: str) -> str:
    """Give the queue's name without ``.fifo``, which no other queue's name may end in."""
    return queue.removesuffix(".fifo")
