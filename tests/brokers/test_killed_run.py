"""A run that is interrupted or killed leaves no process, no directory, and nothing on a user's server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from held import Held, interrupt, kill, kill_group, terminate, without_urls
from probes import Probe, probe_of
from support import Servers, eventually, is_alive

from brokers.marks import Mark, marked
from brokers.workspace import RUN_MARK, open_workspace

BESIDE = ("all", "event", "reply")
TOO_LONG = {"postgres": ("reply",)}  # pgmq takes up to 47 characters, and this name has 49


@pytest.mark.slow
@pytest.mark.parametrize("end", [interrupt, kill])
def test_no_server_outlives_its_run(end: Callable[[Any], None], hold: Callable[..., Held]) -> None:
    _no_server_outlives(end, hold("postgres", "redis", "valkey", "rabbitmq", "sqs", **without_urls()))


@pytest.mark.parametrize("end", [terminate, kill_group])
def test_no_quick_server_outlives_its_run(end: Callable[[Any], None], hold: Callable[..., Held]) -> None:
    _no_server_outlives(end, hold("postgres", "redis", "valkey", "sqs", **without_urls()))


def _no_server_outlives(end: Callable[[Any], None], held: Held) -> None:
    found = psutil.Process(held.process.pid).children(recursive=True) + marked(Mark(RUN_MARK, held.run_id))
    assert len(set(found)) >= len(held.urls)
    end(held.process)
    held.process.wait()
    assert eventually(held.is_gone)
    assert eventually(lambda: not any(map(is_alive, found)))


@pytest.mark.parametrize(
    "subject",
    [
        "postgres",
        "postgres:notify",
        "redis",
        "redis:durable",
        "valkey:durable",
        pytest.param("rabbitmq:quorum", marks=pytest.mark.long),
        "sqs",
        "sqs:fifo",
    ],
)
def test_a_killed_run_leaves_nothing_on_a_users_server(
    subject: str, servers: Servers, hold: Callable[..., Held]
) -> None:
    server = servers.as_users(subject)
    probe: Probe = probe_of(subject, server)
    with probe.canaries():
        before = probe.contents()
        variable = f"{subject.partition(':')[0].upper()}_URL"
        held = hold(subject, **{**without_urls(), variable: server.url})
        beside = set(BESIDE) - set(TOO_LONG.get(subject.partition(":")[0], ()))
        assert eventually(lambda: all(part in str(probe.names()) for part in beside))
        kill(held.process)
        held.process.wait()
        assert eventually(held.is_gone)
        assert eventually(lambda: probe.contents() == before)


def test_a_run_ends_well_though_somebody_ended_its_reaper() -> None:
    before = set(psutil.Process().children())
    with open_workspace() as own:
        (reaper,) = set(psutil.Process().children()) - before
        reaper.kill()
        reaper.wait()
    assert not own.directory.exists()


NESTED = """
import json, time
from brokers.workspace import open_workspace

with open_workspace() as outer, open_workspace() as inner:
    print(json.dumps([str(path) for run in (outer, inner) for path in (run.directory, run.memory)]), flush=True)
    time.sleep(60)
"""


def test_a_killed_run_inside_of_another_leaves_nothing_of_either() -> None:
    with subprocess.Popen([sys.executable, "-c", NESTED], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        directories = json.loads(process.stdout.readline())
        assert all(map(os.path.exists, directories))
        process.kill()
    assert eventually(lambda: not any(map(os.path.exists, directories)))


FORKS_TWICE = """
import os, subprocess, sys
from brokers.workspace import open_workspace

DAEMON = "import os, sys; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); " \\
    "print(os.getpid(), flush=True); os.close(1); os.execve('/bin/sleep', ['sleep', '600'], {})"
with open_workspace():
    subprocess.run([sys.executable, "-c", DAEMON], check=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the second half of a mark is Linux's")
@pytest.mark.parametrize("end", [interrupt, kill])
def test_a_process_that_forked_twice_and_has_no_environment_ends_with_its_run(end: Callable[[Any], None]) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", FORKS_TWICE], text=True, **pipes) as process:
        assert process.stdout is not None
        daemon = psutil.Process(int(process.stdout.readline()))
        assert eventually(lambda: daemon.name() == "sleep" and not daemon.environ())
        assert daemon.ppid() != process.pid
        end(process)
    assert eventually(lambda: not is_alive(daemon))


def test_the_mark_of_a_run_is_taken_off_its_own_process_again() -> None:
    before = _carried()
    with open_workspace():
        outer = _carried()
        with open_workspace():
            assert _carried()[0] not in (before[0], outer[0])
        assert _carried() == outer
    assert _carried() == before


def _carried() -> tuple[str | None, object]:
    limit = psutil.Process().rlimit(psutil.RLIMIT_MSGQUEUE) if hasattr(psutil, "RLIMIT_MSGQUEUE") else None
    return os.environ.get(RUN_MARK), limit
