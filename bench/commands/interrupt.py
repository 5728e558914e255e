"""Ends a command soon after an interrupt, whatever it is doing.

An interrupt raises KeyboardInterrupt in the main thread, which shuts the command down in order: it removes servers and
queues, and stores and reports what was measured. If that takes too long, because a call never returns or a server
answers too slowly, the process exits at once. The reaper then cleans up, and the result is complete, because it is
rewritten after every block.

A closing terminal and tools such as ``timeout`` send more than one signal, so signals after the first are ignored.
"""

import os
import signal
import sys
import threading
import time
from contextlib import suppress

from bench.commands.exit_codes import INTERRUPTED

__all__ = ["end_soon_when_interrupted"]

_ORDERLY_S = 3.5  # less than the promised 5 s: a busy machine is late
_TELLING_S = 0.2  # the message may block: perhaps nobody reads it
_SHOW_CURSOR = "\x1b[?25h"  # a live display hides it
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def end_soon_when_interrupted() -> None:
    """Raise KeyboardInterrupt at the first SIGINT, SIGTERM or SIGHUP from now on, and end this process soon after.

    Call it in the main thread; further calls change nothing. SIGHUP stays ignored under ``nohup``.
    """
    if signal.getsignal(signal.SIGINT) is _interrupt:
        return
    read, write = os.pipe()
    os.set_blocking(write, False)
    # The interpreter's C handler writes to it, even while the main thread is inside a call that does not return.
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    threading.Thread(target=_end_after_the_first, args=(read,), daemon=True).start()
    for number in _SIGNALS:
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)  # SIGINT always: shells start background jobs with it ignored


def _interrupt(*_: object) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end_after_the_first(wakeups: int) -> None:
    with open(wakeups, "rb", buffering=0) as signals:
        while signals.read(1)[0] not in _SIGNALS:
            pass  # a signal that has another handler
    time.sleep(_ORDERLY_S)
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
        os.write(sys.stderr.fileno(), b"interrupted: cleaning up in the background\n")
