"""The subject's end of its conversation with the harness: one JSON document a line."""

from __future__ import annotations

import json
import os
from typing import Any

__all__ = ["Pipe"]


class Pipe:
    """Takes over standard input and output, so that nothing the app prints can disturb the conversation.

    What the app prints goes to standard error, which the harness keeps in the subject's log.
    """

    def __init__(self) -> None:
        self._input = os.fdopen(os.dup(0), encoding="utf-8")
        self._output = os.fdopen(os.dup(1), "w", encoding="utf-8")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        self.is_ready = False

    def receive(self) -> dict[str, Any] | None:
        """Wait for the next message, and return it; None when the harness has closed the connection."""
        line = self._input.readline()
        return json.loads(line) if line else None

    def send(self, **message: Any) -> None:
        """Send one message."""
        self.is_ready = self.is_ready or message.get("event") == "ready"
        self._output.write(json.dumps(message) + "\n")
        self._output.flush()
