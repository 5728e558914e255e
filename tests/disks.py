"""Disks that are full, small or read-only: for one block of a test, or for one command."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

__all__ = ["files_up_to", "mounted", "unwritable_folder"]

_TEST = "mount -t tmpfs -o size=64k none /tmp"


@contextmanager
def files_up_to(size_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond that size in the block: writing fails as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def unwritable_folder() -> Path:
    """Return a folder in which nobody can make a file, not even root."""
    return Path("/sys") if Path("/sys/kernel").is_dir() else Path("/dev/fd")


def mounted(*mounts: str) -> list[str]:
    """Return what to put before a command, so that it sees these mounts and nobody else does.

    Each is the end of a line of ``mount``. Skips the test where only an administrator may mount.
    """
    if not _namespace():
        pytest.skip("this user may not mount file systems, not even in a namespace of their own")
    lines = "".join(f"mount {mount} && " for mount in mounts)
    return [*_namespace(), "sh", "-c", f'{lines}exec "$@"', "sh"]


@cache
def _namespace() -> tuple[str, ...]:
    """Return the command that makes a namespace in which this user may mount; empty where there is none."""
    if not shutil.which("unshare"):
        return ()
    way = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--mount", "--map-root-user")
    works = subprocess.run([*way, "sh", "-c", _TEST], capture_output=True, check=False).returncode == 0
    return way if works else ()
