"""What is told of a mistake of this program's own: without secrets, and without what a terminal would obey."""

import os
import sys
import tempfile
import threading
import traceback

from brokers.documents import shortened
from brokers.outside import safe_text

__all__ = ["crash_told", "print_crash_of_thread", "print_uncatchable"]


def crash_told(error: Exception) -> str:
    """Return one line that names the error and the file into which its traceback was written."""
    told = shortened(safe_text(f"{type(error).__name__}: {error}"))
    try:
        descriptor, path = tempfile.mkstemp(prefix="brokerbench-crash-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(safe_text("".join(traceback.format_exception(error))))
    except OSError as unwritten:
        return f"{told}: this is a mistake of brokerbench's; its traceback could not be written ({unwritten.strerror})"
    return f"{told}: this is a mistake of brokerbench's; report it with {path}"


def print_crash_of_thread(crash: threading.ExceptHookArgs) -> None:
    """Print the traceback of an error that nobody caught in a thread, for ``threading.excepthook``."""
    if issubclass(crash.exc_type, Exception):
        lines = traceback.format_exception(crash.exc_type, crash.exc_value, crash.exc_traceback)
        sys.stderr.write(safe_text("".join(lines)))


def print_uncatchable(found: "sys.UnraisableHookArgs") -> None:
    """Print the traceback of an error that nobody can catch, for ``sys.unraisablehook``.

    An interrupt and the end of a call that took too long are no errors: they may meet any step, and so a destructor.
    """
    if isinstance(found.exc_value, Exception):
        lines = traceback.format_exception(found.exc_type, found.exc_value, found.exc_traceback)
        sys.stderr.write(safe_text("".join([f"{found.err_msg or 'Exception ignored in'}: {found.object!r}\n", *lines])))
