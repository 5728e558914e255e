"""One Celery app and its tasks, the same on every broker.

The app names its configuration and knows nothing of what is in it::

    BROKER=redis celery -A tasks worker
    BROKER=redis python -c "from tasks import noop; noop.delay()"
"""

from celery import Celery

__all__ = ["app", "cook", "echo", "flaky", "noop", "serve", "sleep", "spin", "take_order"]

app = Celery("tasks")
app.config_from_object("brokers.config")

from tasks.jobs import cook, echo, flaky, noop, serve, sleep, spin, take_order  # noqa: E402 - they need the app
