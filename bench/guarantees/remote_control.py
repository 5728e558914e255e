"""Whether a worker can be commanded from outside."""

from bench.guarantees.attempt import Attempt

__all__ = ["UNHEARD", "is_heard"]

UNHEARD = "no worker answers a remote control command"
_TIMES = 3


def is_heard(attempt: Attempt) -> bool:
    """Return whether a worker answers a ping.

    It is sent again if none does: a worker may report that it is ready before it listens, and Redis keeps no command.
    """
    return any(attempt.command("inspect", what="ping")["workers"] for _ in range(_TIMES))
