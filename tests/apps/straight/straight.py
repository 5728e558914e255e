"""An app that connects to its broker's server itself."""

import socket
from urllib.parse import urlsplit

from celery import Celery

app = Celery("straight", broker="redis://localhost")
kept = []


def _server() -> "tuple[str, int]":
    return "127.0.0.1", urlsplit(app.conf.broker_url).port or 0


@app.task
def glance() -> None:
    """Open a connection by the server's address, which nothing looks up, and close it at once."""
    with socket.socket() as connection:
        connection.connect(_server())


@app.task
def follow() -> None:
    """Keep a connection that looks its host up, as clients do."""
    if not kept:
        kept.append(socket.create_connection(_server()))
