"""The Celery app. It names its configuration and knows nothing of what is in it."""

from celery import Celery

__all__ = ["app"]

app = Celery("tasks", include=["tasks.jobs"])
app.config_from_object("brokers.config")
