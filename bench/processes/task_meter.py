"""A producer and a worker with something that counts what they do."""

from contextlib import ExitStack

from bench.processes.launcher import Launcher
from bench.processes.pair import Pair

__all__ = ["FEWEST_TASKS", "TaskMeter", "metered_tasks"]

_TURN_S = 1.5
FEWEST_TASKS, _MOST_TASKS = 5, 500
"""In a turn with a meter."""


class TaskMeter:
    """A producer and a worker of one queue with something that counts. Creating one starts them, without waiting.

    ``ends`` closes what must be closed after them. ``asks_memory`` makes the server report what waiting tasks take,
    for which RabbitMQ needs seconds.
    """

    pair: Pair

    def __init__(self, launcher: Launcher, ends: ExitStack, *, asks_memory: bool) -> None:
        raise NotImplementedError


def metered_tasks(rate_per_s: float) -> int:
    """Return how many tasks a turn has at that rate: 1.5 s of them, from 5 to 500."""
    return max(FEWEST_TASKS, min(_MOST_TASKS, round(_TURN_S * rate_per_s)))
