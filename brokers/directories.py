"""Where a run's directories go: one on a disk, and one in memory for the records that workers write."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from brokers.errors import NotWritten, UsageError
from brokers.writing import is_full, probe

__all__ = ["SHARED_MEMORY", "shared_memory", "temporary_directory"]

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a fixed place on Linux, in which a random name is created
_NAMED_BY = ("TMPDIR", "TEMP", "TMP")  # in the order in which Python's tempfile reads them
_SYSTEMS_OWN = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - a random name is created there, too
_LEAST_BYTES = 1 << 20
_LEAST_MEMORY_BYTES = 32 << 20  # half of what a container has by default


def temporary_directory() -> Path:
    """Return the directory of temporary files: the one that TMPDIR (or TEMP, TMP) names, or the system's.

    If the named one cannot be written to, no other is used: raises UsageError, or NotWritten if its disk is full.
    """
    variable = next((name for name in _NAMED_BY if os.environ.get(name)), None)
    if variable is None:
        return _systems_own()
    named = os.environ[variable]
    try:
        probe(Path(named), _LEAST_BYTES)
    except OSError as error:
        problem = f"cannot write to {variable}={named} ({error.strerror})"
        if is_full(error):
            raise NotWritten(f"{problem}: free space there, or set {variable} to another folder") from error
        raise UsageError(f"{problem}: set it to a writable folder, or unset it") from error
    return Path(named).resolve()


def _systems_own() -> Path:
    for place in _SYSTEMS_OWN:
        with suppress(OSError):
            probe(place, _LEAST_BYTES)
            return place.resolve()
    places = " or ".join(map(str, _SYSTEMS_OWN))
    raise UsageError(f"cannot write to {places}: set TMPDIR to a writable folder")


def shared_memory() -> Path | None:
    """Return the system's directory in memory; None if it has none, or too little space in it."""
    try:
        usage = shutil.disk_usage(SHARED_MEMORY)
        probe(SHARED_MEMORY)
    except OSError:
        return None
    is_unlimited = not usage.total
    return SHARED_MEMORY if is_unlimited or usage.free >= _LEAST_MEMORY_BYTES else None
