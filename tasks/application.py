"""The Celery app. It names its configuration module and depends on none of its settings."""

from celery import Celery

__all__ = ["app"]

app = Celery("tasks", include=["tasks.jobs"])
app.config_from_object("brokers.config")
