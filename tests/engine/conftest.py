from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fakes import Clock
from starting import Started, make_launcher
from support import Servers
from taking import needs

from bench.processes.running_subject import RunningSubject
from brokers import Server
from brokers.workspace import Workspace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock by which the engine's modules go."""
    clock = Clock()
    for module in ("runner", "search", "stage"):
        monkeypatch.setattr(f"bench.engine.{module}.time", clock)
    return clock


@pytest.fixture
def started(servers: Servers, workspace: Workspace) -> Iterator[Started]:
    """Start subjects on the private Redis server, and end them."""
    with ExitStack() as ends:

        def start(*metrics: str, server: Server | None = None, **workload: Any) -> RunningSubject:
            launcher = make_launcher("redis", server or servers.private("redis"), workspace, pool="solo", **workload)
            running = RunningSubject(launcher, needs(*metrics))
            ends.callback(running.end)
            running.start()
            running.wait_until_ready()
            return running

        yield start
