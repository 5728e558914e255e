"""Keeps a matrix while its cells are run: after each cell, the file is a complete document."""

import os
from pathlib import Path
from typing import Self

from bench.records.matrix import HTML_FILE, MARKDOWN_FILE, MATRIX_FILE, Matrix
from bench.records.out_folder import OutFolder
from bench.records.replacing import replace_text
from brokers.errors import UsageError

__all__ = ["MatrixWriter"]


class MatrixWriter:
    """Keeps ``directory/guarantees.json``. As a context, it leaves nothing of a run in which no cell ended."""

    def __init__(self, directory: Path, *, goes_on: bool = False) -> None:
        """Create the directory. Raises UsageError if it cannot be written to, and NotWritten if its disk is full.

        Also raises UsageError if it already holds a matrix, unless this run ``goes_on`` with that.
        """
        self.path = directory / MATRIX_FILE
        if os.path.lexists(self.path) and not goes_on:
            raise UsageError(
                f"{self.path} exists: use another folder with --out, or resume it with --resume {directory}"
            )
        self._folder = OutFolder(directory, (MATRIX_FILE, MARKDOWN_FILE, HTML_FILE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.remove_if_empty()

    def keep(self, matrix: Matrix) -> None:
        """Replace the previous matrix with this one. Raises NotWritten, and then the previous one stays."""
        kept = f"the earlier cells are kept; continue with --resume {self.path.parent}" if self.path.exists() else ""
        replace_text(self.path, matrix.model_dump_json() + "\n", kept)
