"""What a process tree uses, read from processes that do a known thing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from support import eventually

from bench.engine.usage import ProcessUsage, read_usage

MIB = 1024 * 1024
SPIN = "import time\nwhile time.process_time() < 0.3: pass\n"
WAIT = "print('done', flush=True); input()"
CHILD = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {code!r}]); child.wait()\n"


@contextmanager
def running(code: str) -> Iterator[int]:
    """Run Python code until it says that it is done, and give the process's number."""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        yield process.pid
        process.communicate("\n")


def usage_of(pid: int) -> ProcessUsage:
    usage = read_usage(pid)
    assert usage is not None
    return usage


def test_cpu_time_is_the_processs_own() -> None:
    with running(SPIN + WAIT) as pid:
        assert usage_of(pid).cpu_ns >= 250_000_000
        earlier = usage_of(pid)
        assert (usage_of(pid) - earlier).cpu_ns < 250_000_000


def test_children_count_too() -> None:
    with running(CHILD.format(code=SPIN + WAIT)) as pid:
        assert usage_of(pid).cpu_ns >= 250_000_000
        assert usage_of(pid).resident_bytes > psutil.Process(pid).memory_info().rss


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux adds a child's CPU time to its parent's")
def test_a_child_that_ended_still_counts() -> None:
    with running(CHILD.format(code=SPIN) + WAIT) as pid:
        assert not psutil.Process(pid).children()
        assert usage_of(pid).cpu_ns >= 250_000_000


def test_memory_is_what_is_resident() -> None:
    with running(WAIT) as small, running(f"data = b'x' * {64 * MIB}; {WAIT}") as large:
        assert (usage_of(large) - usage_of(small)).resident_bytes >= 60 * MIB


def test_a_process_that_ended_uses_nothing_that_could_be_read() -> None:
    with running(WAIT) as pid:
        pass
    assert read_usage(pid) is None


def test_a_process_that_nobody_waited_for_has_ended_too() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    assert eventually(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)
    assert read_usage(process.pid) is None
    process.wait()


def test_a_child_that_ends_while_it_is_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = subprocess.Popen([sys.executable, "-c", WAIT], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    child = psutil.Process(gone.pid)
    gone.kill()
    gone.communicate()
    monkeypatch.setattr(psutil.Process, "children", lambda self, recursive: [child])
    assert usage_of(os.getpid()).resident_bytes > 0
