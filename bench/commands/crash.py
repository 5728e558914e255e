"""What is told of a mistake of this program's own: without secrets, and without what a terminal would obey.

Our own imports are in its functions, so that a command that only prints its help need not wait for them.
"""

import os
import sys
import threading
import traceback

__all__ = ["crash_told", "print_crash_of_thread", "print_uncatchable"]


def crash_told(error: Exception) -> str:
    """Return one line that names the error and the file into which its traceback was written."""
    import tempfile

    from brokers.documents import shortened
    from brokers.outside import safe_text

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
    if isinstance(crash.exc_value, Exception):
        _print("", crash.exc_value)


def print_uncatchable(found: "sys.UnraisableHookArgs") -> None:
    """Print the traceback of an error that nobody can catch, for ``sys.unraisablehook``.

    An interrupt and the end of a call that took too long are no errors: they may meet any step, and so a destructor.
    """
    if isinstance(found.exc_value, Exception):
        _print(f"{found.err_msg or 'Exception ignored in'}: {found.object!r}\n", found.exc_value)


def _print(head: str, error: Exception) -> None:
    from brokers.outside import safe_text

    sys.stderr.write(safe_text("".join([head, *traceback.format_exception(error)])))
