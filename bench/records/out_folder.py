"""A folder that a user named with ``--out``, or that was named for them."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from brokers.errors import BrokerbenchError, UsageError
from brokers.writing import probe, unwritable

__all__ = ["OutFolder"]

_REMEDY = "use another folder with --out"


class OutFolder:
    """The folder, created if it is missing. What was created can be removed again if nothing is in it."""

    def __init__(self, directory: Path, files: Sequence[str]) -> None:
        """Create it, and check that files with these names can be written there.

        Raises UsageError if they cannot, and NotWritten if its disk is full. Then nothing is left of it.
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
        """Remove the folder, and the folders above it that were created for it, if they are empty."""
        with suppress(OSError):  # not empty
            for one in self._made:
                one.rmdir()
