"""Shows on a terminal that a command is being loaded: its libraries take a second, and several when they are new."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["loading"]

_EVERY_S = 0.5
_ERASE = "\r\x1b[K"


@contextmanager
def loading(what: str) -> Iterator[None]:
    """Show inside the block what is being loaded, and for how long; erase that line at the end.

    Nothing is shown where a line cannot be erased.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    loaded = threading.Event()
    telling = threading.Thread(target=_tell, args=(what, loaded), daemon=True)
    telling.start()
    try:
        yield
    finally:
        loaded.set()
        telling.join()
        _write(_ERASE)


def _tell(what: str, loaded: threading.Event) -> None:
    begin_s = time.monotonic()
    while True:
        _write(f"{_ERASE}loading {what} ({time.monotonic() - begin_s:.0f} s)")
        if loaded.wait(_EVERY_S):
            return


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
