"""Cleans up after a run that was killed: ``python -m brokers.reaper``, started by the workspace.

It reads JSON lines from the run until the pipe closes. Closed after ``{"done": true}``, the run has cleaned
up; closed without it, the run is dead, and the reaper deletes its queues on servers that are not its own,
ends its processes and removes its directories. URLs come through the pipe, so no process title shows one.
"""

import json
import signal
import sys
from typing import Any, TextIO

from brokers.protocol import Lease
from brokers.registry import find_broker
from brokers.secrets import reason
from brokers.workspace import sweep

__all__ = ["main"]


def main(messages: TextIO = sys.stdin) -> None:
    """Wait for the run to end, and clean up what it could not."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    told = [json.loads(line) for line in messages]
    if any(message.get("done") for message in told):
        return
    for run in (message for message in told if "run_id" in message):
        sweep(run["run_id"], run["directories"])
    for lease in (message for message in told if "queue" in message):
        _discard(lease)


def _discard(lease: dict[str, Any]) -> None:
    try:
        broker = find_broker(lease["broker"])
        broker.discard(lease["url"], Lease(queue=lease["queue"], also=tuple(lease["also"])))
    except Exception as error:  # the next lease is not to stay because this one did
        print(f"brokerbench: {lease['queue']} is left on {lease['broker']}: {reason(error)}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
