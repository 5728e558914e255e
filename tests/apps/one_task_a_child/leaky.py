"""An app whose worker takes a fresh process for every task."""

import os

from celery import Celery

app = Celery("leaky", broker="redis://:elsewhere@127.0.0.1:1/0")
app.conf.worker_max_tasks_per_child = 1


@app.task
def process_number() -> int:
    return os.getpid()
