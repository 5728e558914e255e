"""A kombu transport of known times: a publish takes a drawn time, and a delivery another one.

Celery takes it with ``broker_transport = "transport:Transport"`` from the folder that the app is in, and nothing is
installed. The option ``publish`` says what a publish takes, ``delivery`` how long after the publish's end a message
may be consumed; both are the fields of ``draws.Times``. A message draws by the number in its task's id if the harness
gave it one, else by how many this process has published before. What Celery does before it publishes is part of the
known time: a publish takes it from the begin of the call of a ``KnownTask``, else from its own.

A queue is a sorted set on a Redis server, scored by the monotonic clock at which a message may be consumed. A
consumer takes messages at once and keeps them until then; what it keeps is lost with it.
"""

import heapq
import itertools
import json
import select
import threading
import time
from queue import Empty
from typing import Any

from celery import Task
from draws import Times
from kombu.transport import virtual
from resp import Client

__all__ = ["Channel", "KnownTask", "Transport"]

_NUMBERED = "b0b0b0b0-0000-4000-8000-"  # as bench/subject/recorder.py begins a task's id
_SPIN_NS = 1_000_000  # a sleep may end that late
_PATIENCE_S = 1.0
_published = itertools.count()
_call = threading.local()


class KnownTask(Task):
    """A task whose calls take the known time, as a whole."""

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        _call.begin_ns = time.monotonic_ns()
        return super().apply_async(*args, **kwargs)


class Channel(virtual.Channel):
    """Publishes and consumes when it is time."""

    do_restore = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held: list[tuple[int, int, str, bytes]] = []
        self._asked = False
        self._order = itertools.count()
        self._clients = {}

    def basic_publish(self, message: Any, exchange: str, routing_key: str, **kwargs: Any) -> None:
        """Return when the drawn time is over."""
        begin_ns = _call.__dict__.pop("begin_ns", None) or time.monotonic_ns()
        number, options = _number(message), self.connection.client.transport_options
        end_ns = begin_ns + Times(**options["publish"]).draw_ns(number)
        message["properties"]["due_ns"] = end_ns + Times(**options["delivery"]).draw_ns(number)
        super().basic_publish(message, exchange, routing_key, **kwargs)
        _wait_until(end_ns)

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        self._client("put").ask("ZADD", queue, message["properties"]["due_ns"], json.dumps(message))

    def _size(self, queue: str) -> int:
        return int(self._client("put").ask("ZCARD", queue))

    def _get_many(self, queues: list[str], timeout: float | None = None) -> None:
        """Deliver the message whose time has come; raise Empty when there is none within ``timeout`` seconds."""
        end_ns = time.monotonic_ns() + int((timeout or _PATIENCE_S) * 1e9)
        while not self._is_due():
            next_ns = min([end_ns] + [held[0] for held in self._held[:1]])
            if not self._take(queues, next_ns) and next_ns == end_ns:
                raise Empty
        _, _, queue, body = heapq.heappop(self._held)
        self.connection._deliver(json.loads(body), queue)

    def _is_due(self) -> bool:
        return bool(self._held) and self._held[0][0] <= time.monotonic_ns()

    def _take(self, queues: list[str], until_ns: int) -> bool:
        """Hold one more message as soon as there is one; say whether there was, in time."""
        client = self._client("take")
        if not self._asked:
            client.send("BZPOPMIN", *queues, 0)
            self._asked = True
        wait_s = max(0, until_ns - time.monotonic_ns()) / 1e9
        if not select.select([client.socket], [], [], wait_s)[0]:
            return False
        queue, body, due_ns = client.read()
        self._asked = False
        heapq.heappush(self._held, (int(float(due_ns)), next(self._order), queue.decode(), body))
        return True

    def _client(self, purpose: str) -> Client:
        if purpose not in self._clients:
            server = self.connection.client
            self._clients[purpose] = Client(server.hostname, server.port, server.password)
        return self._clients[purpose]

    def close(self) -> None:
        super().close()
        while self._clients:
            self._clients.popitem()[1].close()


class Transport(virtual.Transport):
    """The transport."""

    Channel = Channel
    driver_type = "known"
    driver_name = "known"
    polling_interval = 0.0005  # how soon a full worker looks whether it may take more

    def driver_version(self) -> str:
        return "1"


def _number(message: Any) -> int:
    task_id = str(message["headers"].get("id", ""))
    return int(task_id[len(_NUMBERED) :], 16) if task_id.startswith(_NUMBERED) else next(_published)


def _wait_until(at_ns: int) -> None:
    left_ns = at_ns - time.monotonic_ns()
    if left_ns > _SPIN_NS:
        time.sleep((left_ns - _SPIN_NS) / 1e9)
    while time.monotonic_ns() < at_ns:
        pass
