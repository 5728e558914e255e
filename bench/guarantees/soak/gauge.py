"""Asks a server, in the background, what it holds: an answer may take seconds."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from brokers.deadline import within
from brokers.errors import BrokerUnavailable
from brokers.protocol import Broker

__all__ = ["ServerGauge"]

_ANSWER_S = 40.0
_REST = 4.0  # times as long as the last answer took: asking is work for the server
_LEAVING_S = 8.0


class ServerGauge:
    """Asks when it is time again, and keeps the last answer until it is taken."""

    def __init__(self, broker: Broker, url: str) -> None:
        self._broker, self._url = broker, url
        self._thread: threading.Thread | None = None
        self._answer: tuple[int | None, int | None] = (None, None)
        self._due_s = 0.0

    def take(self) -> tuple[int | None, int | None]:
        """Return the number of keys or queues and the bytes of the server's data, if there is a new answer.

        Begins to ask if it is time. Both are None otherwise, and each is None if the server cannot tell.
        """
        if self._thread is not None and self._thread.is_alive():
            return None, None
        answer, self._answer = self._answer, (None, None)
        if time.monotonic() >= self._due_s:
            self._thread = threading.Thread(target=self._ask, daemon=True)
            self._thread.start()
        return answer

    def _ask(self) -> None:
        begin_s = time.monotonic()
        calls = (self._broker.entries, self._broker.memory_bytes)
        entries, size = (self._asked(call) for call in calls)
        self._answer = entries, size
        now_s = time.monotonic()
        self._due_s = now_s + _REST * (now_s - begin_s)

    def _asked(self, call: Callable[[str], int | None]) -> int | None:
        with suppress(BrokerUnavailable):
            return within(_ANSWER_S, self._broker.name, lambda: call(self._url))
        return None

    def leave(self) -> None:
        """Wait a little for an answer that is under way, so that nothing asks a server that ends."""
        if self._thread is not None:
            self._thread.join(_LEAVING_S)
