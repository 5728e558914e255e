"""Cleans up after a run that could not: ``python -m brokers.reaper``, started by the workspace.

It reads JSON lines from the run until the pipe closes. Then it ends the run's processes and removes its directories,
unless a message reported that as done, and deletes the run's queues on other people's servers, except those that were
reported as discarded. URLs come through the pipe, so no process title shows one.
"""

import json
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from brokers.deadline import ANSWER_S, within
from brokers.marks import Mark
from brokers.outside import safe_line
from brokers.protocol import Lease
from brokers.registry import find_broker
from brokers.secrets import reason, redacted_url
from brokers.workspace import sweep

__all__ = ["main"]

_PATIENCE_S = 60.0
"""How long it keeps asking a server that does not answer: the server may be starting."""
_PAUSE_S = 2.0


@dataclass
class _Left:
    """What a run left, according to its messages."""

    mark: Mark | None = None
    directories: list[str] = field(default_factory=list)
    leases: dict[str, dict[str, Any]] = field(default_factory=dict)

    def hear(self, message: dict[str, Any]) -> None:
        if "sweep" in message:
            self.mark, self.directories = Mark(**message["sweep"]), message["directories"]
        elif "swept" in message:
            self.mark = None
        elif "discarded" in message:
            self.leases.pop(message["discarded"], None)
        else:
            self.leases[message["queue"]] = message


def main(messages: TextIO = sys.stdin) -> None:
    """Wait for the run to end, and clean up what it could not."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    left = _Left()
    for line in messages:
        with suppress(ValueError):  # the run was killed while writing
            left.hear(json.loads(line))
    if left.mark:
        sweep(left.mark, left.directories)
    _discard(left.leases.values())


def _discard(leases: Iterable[dict[str, Any]]) -> None:
    """Delete all these queues, and retry while servers do not answer."""
    deadline_s, left = time.monotonic() + _PATIENCE_S, list(leases)
    while errors := _errors(left):
        left = [lease for lease in left if lease["queue"] in errors]
        if time.monotonic() > deadline_s:
            for lease in left:
                line = f"brokerbench: {lease['queue']} is left on {lease['broker']}: {reason(errors[lease['queue']])}"
                print(safe_line(line), file=sys.stderr)  # noqa: T201
            return
        time.sleep(_PAUSE_S)


def _errors(leases: Iterable[dict[str, Any]]) -> dict[str, Exception]:
    """Delete each of these queues, and return the error of each that is left. A server that fails is asked once."""
    failed: dict[str, Exception] = {}
    errors: dict[str, Exception] = {}
    for lease in leases:
        if error := failed.get(lease["url"]) or _failure(lease):
            errors[lease["queue"]] = failed[lease["url"]] = error
    return errors


def _failure(lease: dict[str, Any]) -> Exception | None:
    """Delete one queue; return the error if that fails, so that the other queues are still deleted."""
    try:
        broker, left = find_broker(lease["broker"]), Lease(queue=lease["queue"], also=tuple(lease["also"]))
        whom = f"{broker.name} at {redacted_url(lease['url'])}"
        within(ANSWER_S, whom, lambda: broker.discard(lease["url"], left))
    except Exception as error:
        return error
    return None


if __name__ == "__main__":
    main()
