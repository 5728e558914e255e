"""What a process tree uses, read from processes that do a known thing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from support import eventually

from bench.processes.usage import ProcessUsage, read_usage

MIB = 1024 * 1024
SPIN = "import time\nwhile time.process_time() < 0.3: pass\n"
WAIT = "print('done', flush=True); input()"
CHILD = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {code!r}]); child.wait()\n"


@contextmanager
def running(code: str) -> Iterator[int]:
    """Run Python code until it says that it is done, and return the process's number."""
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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has a clock for another process")
def test_cpu_time_is_exact() -> None:
    spin_little = "import time\nfor line in iter(input, ''):\n end = time.thread_time_ns() + 300_000\n"
    spin_little += " while time.thread_time_ns() < end: pass\n print('spun', flush=True)\n"
    with subprocess.Popen(
        [sys.executable, "-c", spin_little], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        used_ns = []
        for _ in range(20):
            earlier = usage_of(process.pid)
            process.stdin.write("spin\n")
            assert process.stdout.readline() == "spun\n"
            used_ns.append((usage_of(process.pid) - earlier).cpu_ns)
        process.stdin.write("\n")
    assert min(used_ns) >= 300_000
    assert sorted(used_ns)[10] < 3_000_000


def test_without_an_exact_clock_ticks_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.processes.usage.cpu_clock_ns", lambda pid: None)
    with running(SPIN + WAIT) as pid:
        assert 250_000_000 <= usage_of(pid).cpu_ns < 2_000_000_000


def test_children_count_too() -> None:
    with running(CHILD.format(code=SPIN + WAIT)) as pid:
        assert usage_of(pid).cpu_ns >= 250_000_000
        (child,) = psutil.Process(pid).children()
        assert usage_of(pid).resident_bytes > usage_of(child.pid).resident_bytes > 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux adds a child's CPU time to its parent's")
def test_a_child_that_ended_still_counts() -> None:
    with running(CHILD.format(code=SPIN) + WAIT) as pid:
        assert not psutil.Process(pid).children()
        assert usage_of(pid).cpu_ns >= 250_000_000


def test_memory_is_what_is_resident() -> None:
    with running(WAIT) as small, running(f"data = b'x' * {64 * MIB}; {WAIT}") as large:
        assert (usage_of(large) - usage_of(small)).resident_bytes >= 60 * MIB


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the pages of files apart")
def test_a_file_in_memory_is_no_memory_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "record").write_bytes(bytes(64 * MIB))
    map_it = f"import mmap; map = mmap.mmap((file := open({str(tmp_path / 'record')!r}, 'r+b')).fileno(), 0)\n"
    touch_it = "map[::4096] = bytes(len(map[::4096]))\n"
    with running(WAIT) as small, running(map_it + touch_it + WAIT) as large:
        assert (usage_of(large) - usage_of(small)).resident_bytes < 32 * MIB


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
