"""Which part of the time a plain producer computes, by its own clock: nothing of the harness times it."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from celery import Celery
from ground import open_ground

from bench.subject.application import pin
from brokers.protocol import Settings

__all__ = ["busy_share"]

_WARMUP_CALLS, _CALLS = 50, 3000


def busy_share(subject: str) -> float:
    """Start ``broker[:profile]``, and return the CPU time of calls of ``apply_async`` over the time that they took."""
    fresh = ProcessPoolExecutor(1, get_context("spawn"))
    with open_ground(subject) as ground, ground.queue() as lease, fresh:
        return fresh.submit(_share, ground.settings(lease), list(ground.cores.subjects[-1:])).result()


def _share(settings: Settings, cores: list[int]) -> float:
    pin(cores)
    app = Celery("plain", set_as_current=False)
    app.config_from_object(settings)

    @app.task(name="noop")
    def noop() -> None:
        """Do nothing."""

    for _ in range(_WARMUP_CALLS):
        noop.apply_async()
    begin_s, computed_s = time.perf_counter(), time.process_time()
    for _ in range(_CALLS):
        noop.apply_async()
    return (time.process_time() - computed_s) / (time.perf_counter() - begin_s)
