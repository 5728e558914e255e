"""Keeps a matrix while its cells are played: after each cell the file is a whole document."""

import os
from pathlib import Path
from typing import Self

from bench.records.matrix import HTML_FILE, MARKDOWN_FILE, MATRIX_FILE, Matrix
from bench.records.out_folder import OutFolder
from bench.records.replacing import replace_text
from brokers.errors import UsageError

__all__ = ["MatrixWriter"]


class MatrixWriter:
    """Keeps ``directory/guarantees.json``. As a context it leaves nothing of a run in which no cell ended."""

    def __init__(self, directory: Path, *, goes_on: bool = False) -> None:
        """Make the directory. Raises UsageError when it cannot be written to, and NotWritten when its disk is full.

        Raises UsageError as well when a matrix is there already, unless this run ``goes_on`` with it.
        """
        self.path = directory / MATRIX_FILE
        if os.path.lexists(self.path) and not goes_on:
            raise UsageError(
                f"{self.path} exists: give another folder with --out, or go on with it by --resume {directory}"
            )
        self._folder = OutFolder(directory, (MATRIX_FILE, MARKDOWN_FILE, HTML_FILE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.remove_if_empty()

    def keep(self, matrix: Matrix) -> None:
        """Put this matrix in the place of the one before. Raises NotWritten, and that one stays."""
        kept = f"the cells before are kept, and --resume {self.path.parent} goes on" if self.path.exists() else ""
        replace_text(self.path, matrix.model_dump_json() + "\n", kept)
