"""A folder that a user named with ``--out``, or that is named for them."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from brokers.errors import BrokerbenchError, UsageError
from brokers.writing import probe, unwritable

__all__ = ["OutFolder"]

_REMEDY = "name another folder with --out"


class OutFolder:
    """The folder, made where it is missing; what was made can be removed again if nothing came into it."""

    def __init__(self, directory: Path, files: Sequence[str]) -> None:
        """Make it, and find out that files of these names can be written there.

        Raises UsageError when they cannot, and NotWritten when its disk is full. Then nothing is left of it.
        """
        self._made = [one for one in (directory, *directory.parents) if not os.path.isdir(one)]
        try:
            self._make(directory, files)
        except BrokerbenchError:
            self.remove_if_empty()
            raise

    def _make(self, directory: Path, files: Sequence[str]) -> None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            probe(directory)
        except OSError as error:
            raise unwritable(f"to {directory}", error, _REMEDY) from error
        for path in (directory / name for name in files):
            if path.is_dir() and not path.is_symlink():
                raise UsageError(f"cannot write {path} (Is a directory): {_REMEDY}, or remove it")

    def remove_if_empty(self) -> None:
        """Remove the folder, and those above it that were made for it, where they are empty."""
        with suppress(OSError):  # there is something in it
            for one in self._made:
                one.rmdir()
