"""An app that keeps a connection to its broker's server from before anything leads it to a relay."""

import socket
from typing import Any
from urllib.parse import urlsplit

from celery import Celery

app = Celery("early", broker="redis://localhost")
kept = []


@app.on_after_finalize.connect
def connect(sender: Celery, **_: Any) -> None:
    kept.append(socket.create_connection(("127.0.0.1", urlsplit(sender.conf.broker_url).port or 0)))


@app.task
def rest() -> None:
    """Do nothing."""
