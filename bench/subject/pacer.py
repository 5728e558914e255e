"""An open loop: each call has an intended time, whatever happened to the calls before it."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import Any, Callable, Iterable, Iterator

__all__ = ["Pacer", "fine_timers"]

_MOST_LAG_NS = 5_000_000_000
_LEAD_NS = 1_000_000  # so that the first call is waited for, like every other
_SPIN_NS = 100_000  # a sleep may also end this much too late
_PR_SET_TIMERSLACK = 29  # linux/prctl.h
_FINEST_NS, _AS_BEFORE = 1, 0


class Pacer:
    """Makes calls at a steady pace, and keeps the outcome of each, in nanoseconds.

    ``schedule_lags_ns``: how long after its intended time a call began. ``generator_lags_ns``: the part of that for
    which the pacer itself is to blame, not the wait for the previous call. ``calls_ns``: how long the call took. A call
    that raises is in none of them.
    """

    def __init__(
        self,
        schedule_lags_ns: list[int],
        clock_ns: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.start_ns = 0
        self.schedule_lags_ns = schedule_lags_ns
        self.generator_lags_ns: list[int] = []
        self.calls_ns: list[int] = []
        self._clock_ns = clock_ns
        self._sleep = sleep

    def run(self, call: Callable[[str], Any], arguments: Iterable[str], interval_ns: int) -> None:
        """Call with each argument, the j-th at ``start_ns + j * interval_ns``: at once if that is past, never skipped.

        An error from a call ends the loop. So does a call that would begin more than 5 s late: the rest is dropped.
        """
        end_ns = intended_ns = self.start_ns = self._clock_ns() + _LEAD_NS
        for argument in arguments:
            begin_ns = self._wait_until(intended_ns)
            if begin_ns - intended_ns > _MOST_LAG_NS:
                return
            due_ns = max(intended_ns, end_ns)
            call(argument)
            end_ns = self._clock_ns()
            self.schedule_lags_ns.append(begin_ns - intended_ns)
            self.generator_lags_ns.append(begin_ns - due_ns)
            self.calls_ns.append(end_ns - begin_ns)
            intended_ns += interval_ns

    def _wait_until(self, at_ns: int) -> int:
        """Wait, and return the time at which the wait ended: sleep until shortly before, then poll the clock."""
        while True:
            now_ns = self._clock_ns()
            if now_ns >= at_ns:
                return now_ns
            if at_ns - now_ns > _SPIN_NS:
                self._sleep((at_ns - now_ns - _SPIN_NS) / 1e9)


@contextmanager
def fine_timers() -> Iterator[None]:
    """Make this thread's sleeps end on time if the system can: Linux lets them end 50 us late, to save wake-ups."""
    _set_timer_slack(_FINEST_NS)
    try:
        yield
    finally:
        _set_timer_slack(_AS_BEFORE)


def _set_timer_slack(slack_ns: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, ctypes.c_ulong(slack_ns))
    except (ImportError, OSError, AttributeError):
        return  # then sleeps end later, which the generator's lag shows
