"""Reports a bug in this program, without secrets and without terminal control sequences.

The functions import our own modules themselves, so that a command that only prints its help does not wait for them.
"""

import os
import sys
import threading
import traceback

__all__ = ["crash_line", "print_crash_of_thread", "print_uncatchable"]


def crash_line(error: Exception) -> str:
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
    """Print the traceback of an uncaught error in a thread, for ``threading.excepthook``."""
    if isinstance(crash.exc_value, Exception):
        _print("", crash.exc_value)


def print_uncatchable(found: "sys.UnraisableHookArgs") -> None:
    """Print the traceback of an error that cannot be caught, for ``sys.unraisablehook``.

    An interrupt and a timed-out call are not errors: they can strike anywhere, even in a destructor.
    """
    if isinstance(found.exc_value, Exception):
        _print(f"{found.err_msg or 'Exception ignored in'}: {found.object!r}\n", found.exc_value)


def _print(head: str, error: Exception) -> None:
    from brokers.outside import safe_text

    sys.stderr.write(safe_text("".join([head, *traceback.format_exception(error)])))
