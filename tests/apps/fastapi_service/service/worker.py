"""Configured by the variables that a compose file sets."""

import os

from celery import Celery

celery = Celery(__name__)
celery.conf.broker_url = os.environ["CELERY_BROKER_URL"]
celery.conf.result_backend = os.environ["CELERY_RESULT_BACKEND"]


@celery.task(name="create_task")
def create_task(seconds: int) -> bool:
    """Take its time, which is none here."""
    return seconds >= 0
