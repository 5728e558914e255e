"""What is told of a mistake of this program's own."""

import os
import tempfile
import traceback

from brokers.documents import shortened
from brokers.secrets import redacted

__all__ = ["crash_told"]


def crash_told(error: Exception) -> str:
    """Return one line that names the error and the file into which its traceback was written, without secrets."""
    told = shortened(redacted(f"{type(error).__name__}: {error}"))
    try:
        descriptor, path = tempfile.mkstemp(prefix="brokerbench-crash-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(redacted("".join(traceback.format_exception(error))))
    except OSError as unwritten:
        return f"{told}: this is a mistake of brokerbench's; its traceback could not be written ({unwritten.strerror})"
    return f"{told}: this is a mistake of brokerbench's; report it with {path}"
