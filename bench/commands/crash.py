"""Reports a bug in this program, without secrets and without terminal control sequences.

The functions import our own modules themselves, so that a command that only prints its help does not wait for them.
"""

import os
import sys
import threading
import traceback

__all__ = ["crash_line", "print_crash_of_thread", "print_uncatchable", "thread_crashed"]

_crashed = threading.Event()


def crash_line(error: BaseException) -> str:
    """Return one line that names the error and the file into which its traceback was written."""
    import tempfile

    from brokers.documents import shortened
    from brokers.outside import safe_text

    line = shortened(safe_text(f"{type(error).__name__}: {error}"))
    try:
        descriptor, path = tempfile.mkstemp(prefix="brokerbench-crash-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(safe_text("".join(traceback.format_exception(error))))
    except OSError as unwritten:
        return f"{line}: this is a bug in brokerbench; its traceback could not be written ({unwritten.strerror})"
    return f"{line}: this is a bug in brokerbench; report it with {path}"


def print_crash_of_thread(crash: threading.ExceptHookArgs) -> None:
    """Print one line about an uncaught error in a thread, for ``threading.excepthook``."""
    if isinstance(crash.exc_value, Exception):
        _crashed.set()
        sys.stderr.write(f"Error: {crash_line(crash.exc_value)}\n")


def thread_crashed() -> bool:
    """Return True if a thread had an uncaught error."""
    return _crashed.is_set()


def print_uncatchable(found: "sys.UnraisableHookArgs") -> None:
    """Print one line about an error that cannot be caught, for ``sys.unraisablehook``.

    An interrupt and a timed-out call are not errors: they can strike anywhere, even in a destructor.
    """
    if isinstance(found.exc_value, Exception):
        sys.stderr.write(f"Error: {crash_line(found.exc_value)}\n")
