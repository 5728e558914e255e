"""What somebody who watches a measurement is told."""

from typing import Protocol

from bench.records.turns import Block

__all__ = ["Observer", "Silent"]


class Observer(Protocol):
    """Watches a measurement. Calls come on the harness's thread and must be cheap."""

    def state(self, text: str) -> None:
        """Hear what goes on now, outside of turns."""

    def turn(self, label: str, metric: str, number: int) -> None:
        """Hear that a subject's turn in the block of that number begins."""

    def block(self, block: Block, left_s: float) -> None:
        """Hear that a block ended, and how many seconds of measuring are left."""

    def failed(self, label: str, reason: str) -> None:
        """Hear that a subject failed; the others go on."""


class Silent:
    """An observer that shows nothing."""

    def state(self, text: str) -> None:
        """Ignore it."""

    def turn(self, label: str, metric: str, number: int) -> None:
        """Ignore it."""

    def block(self, block: Block, left_s: float) -> None:
        """Ignore it."""

    def failed(self, label: str, reason: str) -> None:
        """Ignore it."""
