"""A producer and a worker with something that counts what they do."""

from contextlib import ExitStack

from bench.processes.launcher import Launcher
from bench.processes.pair import Pair

__all__ = ["TaskMeter"]


class TaskMeter:
    """A producer and a worker of one queue with something that counts. Creating one starts them, without waiting.

    ``ends`` closes what must be closed after them. ``asks_memory`` makes the server report what waiting tasks take,
    for which RabbitMQ needs seconds.
    """

    pair: Pair

    def __init__(self, launcher: Launcher, ends: ExitStack, *, asks_memory: bool) -> None:
        raise NotImplementedError
