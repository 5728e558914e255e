"""A server that stands still for half a second shows in each kind of loop as it should."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from starting import Started
from support import Servers
from taking import enqueue, open_loop

from brokers import Server

STALL_S = 0.5
LATE_NS = 100_000_000


@contextmanager
def stall(server: Server, after_tasks: int) -> Iterator[None]:
    """Stop the server for half a second once that many more tasks were published."""
    assert server.pid is not None
    with redis.Redis.from_url(server.url) as client:
        until = published(client) + after_tasks
        stalling = threading.Thread(target=_stall, args=(client, server.pid, until))
        stalling.start()
        try:
            yield
        finally:
            stalling.join()


def _stall(client: "redis.Redis[Any]", pid: int, until: int) -> None:  # type: ignore[type-arg]
    deadline_s = time.monotonic() + 30
    while published(client) < until:  # as often as it can: a closed loop is over soon
        if time.monotonic() > deadline_s:
            return
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(STALL_S)
    finally:
        os.kill(pid, signal.SIGCONT)


def published(client: "redis.Redis[Any]") -> int:  # type: ignore[type-arg]
    return int(client.info("commandstats").get("cmdstat_lpush", {}).get("calls", 0))


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot stop a process")
def test_a_stall_shows_in_all_tasks_of_an_open_loop_and_in_one_call_of_a_closed_one(
    started: Started, servers: Servers
) -> None:
    running, server = started("enqueue", "latency", calls=1000, warmup_calls=0), servers.private("redis")
    open_loop(running, 200.0, 20)  # connect
    with stall(server, after_tasks=100):
        in_open_loop = open_loop(running, 200.0, 400)
    with stall(server, after_tasks=100):
        closed_loop = enqueue(running)
    response = in_open_loop.response.counted()
    assert response.quantile(0.99) >= 400_000_000
    assert response.share_above(LATE_NS) > 0.05
    late = [duration_ns for duration_ns in closed_loop.samples_ns if duration_ns > LATE_NS]
    assert 1 <= len(late) <= 2
    assert sorted(closed_loop.samples_ns)[989] < LATE_NS
