"""What a measurement reports while it runs."""

from typing import Protocol

from bench.records.turns import Block

__all__ = ["Observer", "Silent"]


class Observer(Protocol):
    """Watches a measurement. The harness calls it on its own threads, so every call must be cheap."""

    def state(self, text: str) -> None:
        """Hear what the measurement is doing, outside of turns."""

    def boots(self, label: str) -> None:
        """Hear that a subject's server begins to boot."""

    def up(self, label: str) -> None:
        """Hear that a subject's server answers."""

    def turn(self, label: str, metric: str, number: int) -> None:
        """Hear that a subject begins its turn in block ``number``."""

    def block(self, block: Block, left_s: float) -> None:
        """Hear that a block ended, and how many seconds are left for measuring."""

    def failed(self, label: str, reason: str) -> None:
        """Hear that a subject failed; the others continue."""


class Silent:
    """An observer that shows nothing."""

    def state(self, text: str) -> None:
        """Ignore it."""

    def boots(self, label: str) -> None:
        """Ignore it."""

    def up(self, label: str) -> None:
        """Ignore it."""

    def turn(self, label: str, metric: str, number: int) -> None:
        """Ignore it."""

    def block(self, block: Block, left_s: float) -> None:
        """Ignore it."""

    def failed(self, label: str, reason: str) -> None:
        """Ignore it."""
