"""Ends a command soon after it was interrupted, wherever it is.

An interrupt raises KeyboardInterrupt in the main thread, which ends the command in order: servers and queues are
removed, and what was measured is kept and reported. Where that does not happen in time, because a call never returns
or a server answers too slowly, the process ends at once. The reaper then cleans up, and the result is whole: it is so
after every block.
"""

import os
import signal
import sys
import threading
import time
from contextlib import suppress

from bench.exit_codes import INTERRUPTED

__all__ = ["end_soon_when_interrupted"]

_ORDERLY_S = 4.0
_SHOW_CURSOR = "\x1b[?25h"  # a live display hides it
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def end_soon_when_interrupted() -> None:
    """Raise KeyboardInterrupt at SIGINT, SIGTERM and SIGHUP from now on, and end this process within 4 s of the first.

    It must be called in the main thread.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)
    # The interpreter's own handler writes to it, so also while the main thread is inside a call that does not return.
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    threading.Thread(target=_end_after_the_first, args=(read,), daemon=True).start()
    for number in _SIGNALS:
        signal.signal(number, _interrupt)  # SIGINT too: shells start jobs with it ignored


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _end_after_the_first(wakeups: int) -> None:
    while os.read(wakeups, 1)[0] not in _SIGNALS:
        pass  # another signal that somebody handles
    time.sleep(_ORDERLY_S)
    with suppress(OSError, ValueError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), _SHOW_CURSOR.encode())
        os.write(sys.stderr.fileno(), b"interrupted: what is left is removed in the background\n")
    os._exit(INTERRUPTED)
