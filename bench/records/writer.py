"""Writes a result while it is measured: after each block, the file is a complete document with all blocks so far."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Protocol, Self

from bench.records.out_folder import OutFolder
from bench.records.replacing import replacing
from bench.records.result import HDR_FILE, HTML_FILE, MARKDOWN_FILE, MOST_BLOCKS, RESULT_FILE, Result
from bench.records.strict import MOST_BYTES
from bench.records.turns import Block
from brokers.errors import UsageError
from brokers.writing import not_written, unwritable

__all__ = ["RESULT_FILE", "ResultWriter", "Unwritten", "Writer"]

_END = b"\n]}\n"
_FIGURES_BYTES = 4 << 20


class Writer(Protocol):
    """Receives a result while it is measured."""

    def start(self, result: Result) -> None:
        """Take a result that has no blocks yet."""

    def append(self, block: Block) -> None:
        """Take one block."""

    def has_room(self) -> bool:
        """Return True if it has space for more blocks."""
        ...

    def finish(self, result: Result) -> None:
        """Take the complete result."""


class Unwritten:
    """Writes nothing: the caller keeps the result."""

    def start(self, result: Result) -> None:
        """Ignore it."""

    def append(self, block: Block) -> None:
        """Ignore it."""

    def has_room(self) -> bool:
        """Return True: what is ignored needs no space."""
        return True

    def finish(self, result: Result) -> None:
        """Ignore it."""


class ResultWriter:
    """Keeps ``directory/result.json``, in which ``blocks`` is the last key, so that a block is one short write.

    If a block cannot be written, this raises NotWritten, and the file is a complete document with the earlier blocks.
    As a context, it leaves no file of a measurement that never began.
    """

    def __init__(self, directory: Path) -> None:
        """Create the directory. Raises UsageError if it already holds a result or cannot be written to.

        Raises NotWritten if its disk is full.
        """
        self.path = directory / RESULT_FILE
        if os.path.lexists(self.path):
            raise UsageError(f"{self.path} exists: use another folder with --out, or remove it")
        self._folder = OutFolder(directory, (MARKDOWN_FILE, HTML_FILE, HDR_FILE))
        try:
            self._file = self.path.open("xb", buffering=0)  # unbuffered: a failed write is not tried again later
        except OSError as error:
            self._folder.remove_if_empty()
            raise unwritable(self.path, error, "use another folder with --out") from error
        self._blocks = 0
        self._head_bytes = 0
        self._whole_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if not self._whole_bytes:
            self.path.unlink(missing_ok=True)
            self._folder.remove_if_empty()

    def start(self, result: Result) -> None:
        """Write a result that has no blocks yet."""
        head = _head(result)
        self._write(0, head + _END)
        self._head_bytes = len(head)

    def append(self, block: Block) -> None:
        """Write one block, after which the file is complete again."""
        separator = b",\n" if self._blocks else b"\n"
        self._write(self._whole_bytes - len(_END), separator + block.model_dump_json().encode() + _END)
        self._blocks += 1

    def has_room(self) -> bool:
        """Return True while ``read_result`` would accept the document, with the figures still to come."""
        return self._whole_bytes < MOST_BYTES - _FIGURES_BYTES and self._blocks < MOST_BLOCKS

    def _write(self, place: int, content: bytes) -> None:
        """Write at that place, which makes the file complete; if that fails, restore it."""
        left = memoryview(content)
        try:
            self._file.seek(place)
            while left:
                left = left[self._file.write(left) :]
        except BaseException as error:
            self._restore()
            if isinstance(error, OSError):
                raise not_written(self.path, error, "all earlier blocks are kept in it" if place else "") from error
            raise
        self._whole_bytes = place + len(content)

    def _restore(self) -> None:
        """End the document where it ended before, which needs no additional space."""
        with suppress(OSError):  # a reader leaves out a partly written block
            if self._whole_bytes:
                self._file.seek(self._whole_bytes - len(_END))
                self._file.write(_END)
            self._file.truncate(self._whole_bytes)

    def finish(self, result: Result) -> None:
        """Put the complete result around the written blocks, which are copied unchanged; a later one replaces it.

        For a moment, this needs twice the space. Raises NotWritten if there is too little; the file stays as it is.
        """
        self._file.close()
        head = _head(result)
        with replacing(self.path, "all blocks are kept in it, without the figures") as whole:
            whole.write(head)
            with self.path.open("rb") as written:
                written.seek(self._head_bytes)
                shutil.copyfileobj(written, whole)
        self._head_bytes = len(head)


def _head(result: Result) -> bytes:
    """Return the document up to where its blocks begin."""
    head = result.model_dump_json(exclude={"blocks"}, indent=1)
    return f'{head.rstrip().removesuffix("}").rstrip()},\n "blocks": ['.encode()
