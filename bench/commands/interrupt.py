"""Ends a command soon after it was interrupted, wherever it is.

An interrupt raises KeyboardInterrupt in the main thread, which ends the command in order: servers and queues are
removed, and what was measured is kept and reported. Where that does not happen in time, because a call never returns
or a server answers too slowly, the process ends at once. The reaper then cleans up, and the result is whole: it is so
after every block.

A terminal that closes and tools such as ``timeout`` send more than one signal, so those after the first change nothing.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bench.commands.exit_codes import INTERRUPTED

__all__ = ["end_soon_when_interrupted", "ended_soon_when_interrupted"]

_ORDERLY_S = 3.5  # of 5 s that are promised: a busy machine is late
_TELLING_S = 0.2  # nobody may read what is told
_SHOW_CURSOR = "\x1b[?25h"  # a live display hides it
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def end_soon_when_interrupted() -> None:
    """Raise KeyboardInterrupt at the first SIGINT, SIGTERM or SIGHUP from now on, and end this process soon after it.

    It must be called in the main thread, and more than once does no harm. SIGHUP stays ignored under ``nohup``.
    """
    if signal.getsignal(signal.SIGINT) is _interrupt:
        return
    _watch(threading.Event())


@contextmanager
def ended_soon_when_interrupted() -> Iterator[None]:
    """Do as ``end_soon_when_interrupted`` while the block runs. What comes after it may take its time."""
    before, over = {number: signal.getsignal(number) for number in _SIGNALS}, threading.Event()
    wakeups = _watch(over)
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(-1)
        os.close(wakeups)
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(over: threading.Event) -> int:
    """Handle the signals until it is ``over``, and return what is then to be closed."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    # The interpreter's own handler writes to it, so also while the main thread is inside a call that does not return.
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    threading.Thread(target=_end_after_the_first, args=(read, over), daemon=True).start()
    for number in _SIGNALS:
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)  # SIGINT in any case: shells start jobs with it ignored
    return write


def _interrupt(*_: object) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end_after_the_first(wakeups: int, over: threading.Event) -> None:
    with open(wakeups, "rb", buffering=0) as signals:
        while (number := signals.read(1)) and number[0] not in _SIGNALS:
            pass  # another signal that somebody handles
    if over.wait(_ORDERLY_S if number else None):
        return
    telling = threading.Thread(target=_tell, daemon=True)
    try:
        telling.start()
        telling.join(_TELLING_S)
    finally:
        os._exit(INTERRUPTED)


def _tell() -> None:
    with suppress(OSError, ValueError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), _SHOW_CURSOR.encode())
        os.write(sys.stderr.fileno(), b"interrupted: what is left is removed in the background\n")
