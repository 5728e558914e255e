"""A broker's raw client, loaded from the file that the broker names."""

from __future__ import annotations

from typing import Any

from .loading import module_at
from .messenger import Publish, prefetch

__all__ = ["RawAlone"]


class RawAlone:
    """A raw client that sends Celery's own message again and again; kombu opens its connection."""

    def __init__(self, app: Any, publish: Publish, path: str) -> None:
        connection = app.connection_for_write()
        client = module_at(path).RawClient(app, connection, prefetch(app, connection))
        publish(connection.Producer(auto_declare=False))
        message = client.take_back()
        if message is None:
            raise LookupError("Celery's message did not come back from the job's queue; something else takes from it")
        self.send, self.deliveries, self.acknowledge = client.sender(message), client.deliveries, client.acknowledge
