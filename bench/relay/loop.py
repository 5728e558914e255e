"""A thread that calls back when a socket is ready, and when a time has come, to some microseconds.

asyncio's timers are a millisecond too late, because epoll counts in milliseconds. This loop waits in ``select``, which
counts in microseconds, until shortly before the next time, and spins from there: a wake-up alone would be some 50 us
late.
"""

import ctypes
import heapq
import os
import platform
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from bench.relay.sockets import READ, Ready, new_sockets

__all__ = ["Loop"]

T = TypeVar("T")
_IS_WINDOWS = platform.system() == "Windows"
_SPIN_NS = 2_000_000 if _IS_WINDOWS else 150_000  # before a time: a wake-up is that late at most, most of the time
_PR_SET_TIMERSLACK = 29  # <sys/prctl.h>
_LOOK_S = 1.0  # how often a caller looks whether the thread still runs


class Loop:
    """Runs from ``start`` to ``stop``. Everything but these two and ``call`` is for the thread itself.

    An error of a callback ends nothing: it is kept in ``errors``, for whoever answers for the figures.
    """

    def __init__(self) -> None:
        self._sockets = new_sockets()
        self._times: list[tuple[int, int, Callable[[], None]]] = []
        self._scheduled = 0
        self._calls: deque[Callable[[], None]] = deque()
        self._is_running = True
        self._waking, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._sockets.watch(self._woken, READ, self._wake)
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self.errors: list[Exception] = []
        self.worked_ns = 0
        """How long it has been calling back, since the start: neither waiting nor spinning."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait until it has ended."""

        def stop() -> None:
            self._is_running = False

        self.call(stop)
        self._thread.join()
        self._sockets.close()
        self._waking.close()
        self._woken.close()

    def call(self, action: Callable[[], T]) -> T:
        """Run an action in the thread, after every socket that is ready now was looked at, and return its result.

        Raises what the action raises, and RuntimeError if the thread has ended.
        """
        done = threading.Event()
        outcome: list[T] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                outcome.append(action())
            except Exception as error:
                errors.append(error)
            finally:
                done.set()

        self._calls.append(run)
        self._waking.send(b"x")
        while not done.wait(_LOOK_S):
            if not self._thread.is_alive():
                raise RuntimeError("the relay's thread has ended")
        if errors:
            raise errors[0]
        return outcome[0]

    def watch(self, connection: socket.socket, events: int, call: Callable[[int], None]) -> None:
        """Call back whenever one of these events happens on a socket; with none, not any more."""
        self._sockets.watch(connection, events, call)

    def at(self, time_ns: int, call: Callable[[], None]) -> None:
        """Call back at that time of the monotonic clock, or soon if it is over."""
        self._scheduled += 1
        heapq.heappush(self._times, (time_ns, self._scheduled, call))

    def _run(self) -> None:
        _wake_punctually()
        while self._is_running:
            asked = len(self._calls)  # before the look at the sockets: they come first
            ready = self._sockets.ready(0) if asked else self._wait()
            begin_ns = time.monotonic_ns()
            worked = bool(self._times) and self._call_in_time(begin_ns)
            for call, events in ready:
                worked = True
                try:
                    call(events)
                except Exception as error:
                    self.errors.append(error)
                if self._times and self._times[0][0] <= time.monotonic_ns():  # many sockets would make them late
                    self._call_in_time(time.monotonic_ns())
            for _ in range(asked):
                self._calls.popleft()()
            if worked:
                self.worked_ns += time.monotonic_ns() - begin_ns

    def _call_in_time(self, now_ns: int) -> bool:
        """Call what was due then, and return whether anything was: not what is due by now, or sockets might starve."""
        if not self._times or self._times[0][0] > now_ns:
            return False
        due = []
        while self._times and self._times[0][0] <= now_ns:
            due.append(heapq.heappop(self._times)[2])
        for call in due:
            try:
                call()
            except Exception as error:
                self.errors.append(error)
        return True

    def _wait(self) -> Ready:
        """Wait until a socket is ready or a time is near; shortly before a time, only look."""
        if not self._times:
            return self._sockets.ready(None)
        left_s = (self._times[0][0] - time.monotonic_ns() - _SPIN_NS) / 1e9
        if left_s <= 0:
            _give_way()
        return self._sockets.ready(max(0.0, left_s))

    def _wake(self, _: int) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(4096)


def _give_way() -> None:
    """Let a server that waits for this core have it: spinning is for cores that nobody wants."""
    if hasattr(os, "sched_yield"):
        os.sched_yield()


def _wake_punctually() -> None:
    """Have the kernel wake this thread when it asked to be: on Linux not up to 50 us later, on Windows not 15 ms."""
    with suppress(OSError, AttributeError):
        if platform.system() == "Linux":
            ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
        elif _IS_WINDOWS:
            ctypes.CDLL("winmm").timeBeginPeriod(1)  # milliseconds, until the process ends
