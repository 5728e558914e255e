"""Places in which programs are hindered by a known cause: a CPU quota, a slow disk, a server that computes too long.

Each is a context manager that yields what to put before a command, and its environment. CannotTry is raised where this
machine or this user cannot have such a place.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["CannotTry", "Place", "busy_server", "cpu_quota", "plain", "slow_disk"]

_GROUPS = Path("/sys/fs/cgroup")
_PERIOD_US, _QUOTA_US = 100_000, 30_000
_WRITES_PER_S = 100
_SPINNING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/epoll.h>
#include <time.h>
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }
int epoll_wait(int fd, struct epoll_event *events, int most, int timeout) {
    static int (*real)(int, struct epoll_event *, int, int);
    if (!real) real = dlsym(RTLD_NEXT, "epoll_wait");
    int ready = real(fd, events, most, timeout);
    if (ready > 0) { double until = now() + 0.01; while (now() < until); }
    return ready;
}
"""
Place = tuple[list[str], dict[str, str]]


class CannotTry(Exception):
    """This place cannot be made here."""


@contextmanager
def plain() -> Iterator[Place]:
    """Hinder nothing."""
    yield [], {}


@contextmanager
def cpu_quota() -> Iterator[Place]:
    """Grant three tenths of a core's time."""
    with _group("cpu") as group:
        if (group / "cpu.max").exists():
            _write(group / "cpu.max", f"{_QUOTA_US} {_PERIOD_US}")
        else:
            _write(group / "cpu.cfs_period_us", str(_PERIOD_US))
            _write(group / "cpu.cfs_quota_us", str(_QUOTA_US))
        yield _inside(group), {}


@contextmanager
def slow_disk() -> Iterator[Place]:
    """Have the run's directories on a disk that takes 100 writes a second: a file with its own file system."""
    with tempfile.TemporaryDirectory() as folder, _group("blkio") as group:
        image, mounted = Path(folder) / "disk", Path(folder) / "mounted"
        mounted.mkdir()
        image.touch()
        os.truncate(image, 512 << 20)
        # no journal: its process would write outside of the group
        _run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", str(image))
        device = _run("losetup", "-f", "--show", str(image)).strip()
        try:
            _run("mount", device, str(mounted))
            number = Path("/sys/class/block", Path(device).name, "dev").read_text().strip()
            limit = group / "blkio.throttle.write_iops_device"
            if limit.exists():
                _write(limit, f"{number} {_WRITES_PER_S}")
            else:
                _write(group / "io.max", f"{number} wiops={_WRITES_PER_S}")
            mounted.chmod(0o755)
            yield _inside(group), {"TMPDIR": str(mounted)}
        finally:
            subprocess.run(["umount", mounted], check=False, capture_output=True)
            subprocess.run(["losetup", "-d", device], check=False, capture_output=True)


@contextmanager
def busy_server() -> Iterator[Place]:
    """Have a Redis that computes for 10 ms whenever a client wants something."""
    server = shutil.which("redis-server")
    if server is None or not shutil.which("cc"):
        raise CannotTry("there is no redis-server, or no compiler")
    with tempfile.TemporaryDirectory() as folder:
        source, library, program = (Path(folder) / name for name in ("spin.c", "spin.so", "redis-server"))
        source.write_text(_SPINNING)
        _run("cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl")
        program.write_text(f'#!/bin/sh\nLD_PRELOAD={library} exec {server} "$@"\n')
        program.chmod(0o755)
        yield [], {"BROKERBENCH_REDIS_SERVER": str(program)}


@contextmanager
def _group(controller: str) -> Iterator[Path]:
    """Make a control group of this controller, and remove it."""
    base = _GROUPS / controller if (_GROUPS / controller).is_dir() else _GROUPS
    group = base / f"brokerbench-truths-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        raise CannotTry(f"no control group can be made: {error}") from error
    try:
        yield group
    finally:
        with suppress(OSError):
            group.rmdir()


def _inside(group: Path) -> list[str]:
    return ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise CannotTry(f"{path}: {error}") from error


def _run(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotTry(f"{command[0]} failed: {error}") from error
