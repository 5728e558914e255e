"""Keeps a matrix while its cells are played: after each cell the file is a whole document."""

from contextlib import suppress
from pathlib import Path
from typing import Self

from bench.records.matrix import MATRIX_FILE, Matrix
from bench.records.replacing import replace_text
from brokers.errors import UsageError

__all__ = ["MatrixWriter"]


class MatrixWriter:
    """Keeps ``directory/guarantees.json``. As a context it leaves nothing of a run in which no cell ended."""

    def __init__(self, directory: Path, *, goes_on: bool = False) -> None:
        """Make the directory. Raises UsageError when it cannot be written to.

        Raises it as well when a matrix is there already, unless this run ``goes_on`` with it.
        """
        self.path = directory / MATRIX_FILE
        if self.path.exists() and not goes_on:
            raise UsageError(
                f"{self.path} exists: give another folder with --out, or go on with it by --resume {directory}"
            )
        try:
            self._made = _make(directory)
            self.path.with_suffix(".new").touch()
            self.path.with_suffix(".new").unlink()
        except OSError as error:
            raise UsageError(f"cannot write to {directory}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # there is something in it
            for directory in self._made:
                directory.rmdir()

    def keep(self, matrix: Matrix) -> None:
        """Put this matrix in the place of the one before."""
        replace_text(self.path, matrix.model_dump_json() + "\n")


def _make(directory: Path) -> list[Path]:
    """Make a directory, and give those that were not there before, the innermost first."""
    missing = [one for one in (directory, *directory.parents) if not one.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    return missing
