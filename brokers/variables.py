"""Environment variables that would lead the clients of a private server elsewhere."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["without_variables"]

_lock = threading.Lock()
_blocks: list[object] = []  # those that have not ended
_taken: dict[str, str] = {}


@contextmanager
def without_variables(beginnings: tuple[str, ...]) -> Iterator[None]:
    """Take the variables that begin with one of these from this process, and so from what it starts.

    They are back when the last such block has ended, unless somebody has set them meanwhile.
    """
    block = object()
    with _lock:
        _blocks.append(block)
        _taken.update((name, os.environ.pop(name)) for name in [*os.environ] if name.startswith(beginnings))
    try:
        yield
    finally:
        with _lock:
            _blocks.remove(block)
            if not _blocks:
                for name, value in _taken.items():
                    os.environ.setdefault(name, value)
                _taken.clear()
