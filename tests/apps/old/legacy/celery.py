# -*- coding: utf-8 -*-
"""An app as they were written for Celery 3 and 4: upper-case names, and everything in one place."""

from __future__ import absolute_import, unicode_literals

from celery import Celery

app = Celery("legacy")
app.conf.update(
    BROKER_URL="redis://:elsewhere@127.0.0.1:1/0",
    CELERY_RESULT_BACKEND="redis://:elsewhere@127.0.0.1:1/1",
    CELERY_DEFAULT_QUEUE="legacy",
    CELERY_ROUTES={"legacy.celery.double": {"queue": "doubles"}},
    CELERY_TASK_SERIALIZER="json",
    CELERY_ACCEPT_CONTENT=["json"],
    CELERY_SEND_EVENTS=True,
    CELERYD_PREFETCH_MULTIPLIER=8,
)


@app.task(queue="doubles")
def double(number):
    return 2 * number
