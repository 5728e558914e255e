"""Processes that carry a mark, so that each can be found and ended.

A mark is a variable in the environment. It outlives daemons that leave their process group (epmd does) and parents
that were killed. It is compared whole, and only processes that carry it are ended.

A process may also be started with an empty environment. On Linux, a mark can therefore have a second half that every
process inherits whatever its environment: a unique soft limit for POSIX message queues, which Celery, kombu and the
brokers do not use. A subreaper is not an alternative, because it adopts orphans only while it lives, and a run
may be killed; a control group needs root or a delegated one.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from brokers.processes import kill
from brokers.segments import Creators

__all__ = ["Mark", "end_marked", "marked", "marking", "new_limit", "without_limit"]

_POLL_S = 0.02
_RESOURCE: int | None = getattr(psutil, "RLIMIT_MSGQUEUE", None)
_USUAL_BYTES = 819_200  # Linux's default, for queues of at most 81,920 bytes
_TRIES = 100


@dataclass(frozen=True)
class Mark:
    """The environment variable ``name`` with the value ``value``, and the ``limit`` where the system has one."""

    name: str
    value: str
    limit: int | None = None


def new_limit() -> int | None:
    """Return a limit that no process has, in bytes; None if the system has no such limit."""
    if _RESOURCE is None:
        return None
    with suppress(psutil.Error, OSError):
        _, hard = psutil.Process().rlimit(_RESOURCE)
        most = min(hard, _USUAL_BYTES) if hard >= 0 else _USUAL_BYTES
        taken = {_limit_of(process) for process in psutil.process_iter()}
        chosen = random.sample(range(most // 2, most), min(most // 2, _TRIES))
        return next((limit for limit in chosen if limit not in taken), None)
    return None


@contextmanager
def marking(mark: Mark) -> Iterator[None]:
    """Make every process that is started from here, directly or not, carry the mark until the block ends."""
    outer, outer_limit = os.environ.get(mark.name), _limit_of(psutil.Process())
    os.environ[mark.name] = mark.value
    _set_limit(os.getpid(), mark.limit)
    try:
        yield
    finally:
        os.environ.pop(mark.name)
        if outer is not None:
            os.environ[mark.name] = outer
        _set_limit(os.getpid(), outer_limit)


def without_limit(pid: int) -> None:
    """Remove the second half of a mark from a process."""
    with suppress(psutil.Error, OSError, TypeError):
        _set_limit(pid, psutil.Process(pid).rlimit(_RESOURCE)[1])  # type: ignore[arg-type]


def marked(mark: Mark) -> list[psutil.Process]:
    """Return the live processes that carry the mark, except this one."""
    return [process for process in psutil.process_iter() if _has_mark(process, mark)]


def end_marked(mark: Mark, wait_s: float = 10.0) -> None:
    """Kill every marked process, including those that they start meanwhile, and wait until they are gone.

    Their System V segments are removed.
    """
    deadline, creators = time.monotonic() + wait_s, Creators()
    while (found := marked(mark)) and time.monotonic() < deadline:
        creators.note(found)
        for process in found:
            kill(process)
        time.sleep(_POLL_S)
    creators.remove_segments()


def _has_mark(process: psutil.Process, mark: Mark) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        if mark.limit is not None and _limit_of(process) == mark.limit:
            return True
        return process.environ().get(mark.name) == mark.value
    except (psutil.Error, OSError):
        return False  # gone meanwhile, or another user's


def _limit_of(process: psutil.Process) -> int | None:
    try:
        return None if _RESOURCE is None else int(process.rlimit(_RESOURCE)[0])
    except (psutil.Error, OSError):
        return None  # gone meanwhile, or another user's


def _set_limit(pid: int, soft: int | None) -> None:
    if _RESOURCE is None or soft is None:
        return
    with suppress(psutil.Error, OSError, ValueError):  # a container may forbid it; the variable remains
        process = psutil.Process(pid)
        process.rlimit(_RESOURCE, (soft, process.rlimit(_RESOURCE)[1]))
