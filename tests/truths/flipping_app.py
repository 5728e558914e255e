"""An app whose calls take ``TRUTHS_EXTRA_NS`` longer on RabbitMQ than on any other broker."""

import os
import time
from typing import Any

from celery import Celery
from celery.signals import before_task_publish

__all__ = ["app"]

app = Celery("flipping_app")
_EXTRA_NS = int(os.environ["TRUTHS_EXTRA_NS"])


@app.task(name="flipping_app.noop", ignore_result=True)
def _noop() -> None:
    """Do nothing."""


@before_task_publish.connect
def _spin_before_amqp(**_: Any) -> None:
    until_ns = time.perf_counter_ns() + _EXTRA_NS
    while str(app.conf.broker_url).startswith(("amqp", "pyamqp")) and time.perf_counter_ns() < until_ns:
        pass
