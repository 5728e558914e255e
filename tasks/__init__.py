"""One Celery app and its tasks, the same on every broker.

The environment selects the broker::

    BROKER=redis celery -A tasks worker
    BROKER=redis python -c "from tasks import noop; noop.delay()"
"""

from tasks.application import app
from tasks.jobs import confirm, cook, echo, flaky, hold, noop, serve, sleep, spin, take_order

__all__ = ["app", "confirm", "cook", "echo", "flaky", "hold", "noop", "serve", "sleep", "spin", "take_order"]
