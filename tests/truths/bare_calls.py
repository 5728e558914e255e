"""What timing each call costs a producer: the harness's loop against a bare one, in turns in one process."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import log
from multiprocessing import get_context
from typing import Any

from ground import Ground

from bench.subject.answering import time_calls
from bench.subject.application import load, pin

__all__ = ["timed_over_bare"]

_WARMUP_CALLS = 5
_CALLS = 20  # in a turn
_BLOCKS = 25  # after that many, what was enqueued is thrown away

Call = Callable[[], Any]
_own: dict[str, Call] = {}  # of the fresh process


def timed_over_bare(ground: Ground, end_s: float, rng: random.Random) -> list[float]:
    """Return the logarithms of the blocks' ratios of calls a second, timed over bare, of one fresh process.

    They are measured until ``end_s`` of the monotonic clock.
    """
    with ground.queue() as lease:
        job = {"import_path": [], "app": "tasks:app", "task": "tasks.noop", "settings": ground.settings(lease)}
        cores = list(ground.cores.subjects[-1:])
        fresh = ProcessPoolExecutor(1, get_context("spawn"), initializer=_prepare, initargs=(job, cores))
        with fresh:
            fresh.submit(_blocks, rng.random()).result()
            ratios: list[float] = []
            while not ratios or time.monotonic() < end_s:
                ground.empty(lease)
                ratios += fresh.submit(_blocks, rng.random()).result()
            return ratios


def _prepare(job: dict[str, Any], cores: list[int]) -> None:
    pin(cores)
    _own["call"] = partial(load(job).tasks["tasks.noop"].apply_async, [], {})


def _blocks(seed: float) -> list[float]:
    rng, call = random.Random(seed), _own["call"]
    return [_block(call, rng) for _ in range(_BLOCKS)]


def _block(call: Call, rng: random.Random) -> float:
    turns = dict.fromkeys(rng.sample([_timed, _bare], 2), 0)
    for way in turns:
        for _ in range(_WARMUP_CALLS):
            call()
        turns[way] = way(call)
    return log(turns[_bare] / turns[_timed])


def _timed(call: Call) -> int:
    begin_ns = time.monotonic_ns()
    time_calls(call, _CALLS, [])
    return time.monotonic_ns() - begin_ns


def _bare(call: Call) -> int:
    begin_ns = time.monotonic_ns()
    for _ in range(_CALLS):
        call()
    return time.monotonic_ns() - begin_ns
