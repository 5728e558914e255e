"""Writes a result while it is measured: after each block the file is a whole document with all blocks so far."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Protocol, Self

from bench.records.result import RESULT_FILE, Result
from bench.records.turns import Block
from brokers.errors import UsageError

__all__ = ["RESULT_FILE", "ResultWriter", "Unwritten", "Writer"]

_END = b"\n]}\n"


class Writer(Protocol):
    """Hears of a result while it is measured."""

    def start(self, result: Result) -> None:
        """Take a result that has no blocks yet."""

    def append(self, block: Block) -> None:
        """Take one block."""

    def finish(self, result: Result) -> None:
        """Take the whole result."""


class Unwritten:
    """Writes nothing: who measures keeps the result."""

    def start(self, result: Result) -> None:
        """Ignore it."""

    def append(self, block: Block) -> None:
        """Ignore it."""

    def finish(self, result: Result) -> None:
        """Ignore it."""


class ResultWriter:
    """Keeps ``directory/result.json``, in which ``blocks`` is the last key, so that a block is one short write.

    As a context it leaves no file behind of a measurement that never began.
    """

    def __init__(self, directory: Path) -> None:
        """Make the directory. Raises UsageError when it holds a result already or cannot be written to."""
        self.path = directory / RESULT_FILE
        if self.path.exists():
            raise UsageError(f"{self.path} exists: give another folder with --out, or remove it")
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("xb")
        except OSError as error:
            raise UsageError(f"cannot write to {directory}: {error.strerror}") from error
        self._blocks = 0
        self._head_bytes = 0
        self._started = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if not self._started:
            self.path.unlink()
            with suppress(OSError):  # it holds what is not ours
                self.path.parent.rmdir()

    def start(self, result: Result) -> None:
        """Write a result that has no blocks yet."""
        self._started = True
        head = _head(result)
        self._head_bytes = len(head)
        self._file.write(head + _END)
        self._file.flush()

    def append(self, block: Block) -> None:
        """Write one block, so that the file is whole again."""
        self._file.seek(-len(_END), os.SEEK_END)
        separator = b",\n" if self._blocks else b"\n"
        self._file.write(separator + block.model_dump_json().encode() + _END)
        self._file.flush()
        self._blocks += 1

    def finish(self, result: Result) -> None:
        """Put the whole result around the blocks that were written, which are copied as they are."""
        self._file.close()
        whole = self.path.with_suffix(".new")
        with self.path.open("rb") as written, whole.open("wb") as file:
            written.seek(self._head_bytes)
            file.write(_head(result))
            shutil.copyfileobj(written, file)
        os.replace(whole, self.path)


def _head(result: Result) -> bytes:
    """Give the document up to where its blocks begin."""
    head = result.model_dump_json(exclude={"blocks"}, indent=1)
    return f'{head.rstrip().removesuffix("}").rstrip()},\n "blocks": ['.encode()
