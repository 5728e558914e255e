"""An open loop: each call has an intended time, whatever became of the calls before it."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import Any, Callable, Iterable, Iterator

__all__ = ["Pacer", "fine_timers"]

_MOST_LAG_NS = 5_000_000_000
_LEAD_NS = 1_000_000  # the first call is waited for like every other
_SPIN_NS = 100_000  # a sleep may end as much too late
_PR_SET_TIMERSLACK = 29  # linux/prctl.h
_FINEST_NS, _AS_BEFORE = 1, 0


class Pacer:
    """Makes calls at a steady pace, and keeps what came of each, in nanoseconds.

    ``schedule_lags_ns``: how long after its intended time a call began. ``generator_lags_ns``: how much of that is the
    pacer's own, not the wait for the call before it. ``calls_ns``: how long the call took. A call that raises is in
    none of them.
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

        What a call raises ends it. So does a call that would begin more than 5 s late: those that are left are dropped.
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
        """Return the time at which the wait ended: sleep until shortly before, then ask the clock again and again."""
        while True:
            now_ns = self._clock_ns()
            if now_ns >= at_ns:
                return now_ns
            if at_ns - now_ns > _SPIN_NS:
                self._sleep((at_ns - now_ns - _SPIN_NS) / 1e9)


@contextmanager
def fine_timers() -> Iterator[None]:
    """Let this thread's sleeps end on time where the system can: Linux lets them end 50 us late, to save wake-ups."""
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
        return  # sleeps end later, as the generator's lag tells
