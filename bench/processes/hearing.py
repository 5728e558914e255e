"""Whether a worker's main process has heard of the ends of tasks that its pool's processes have recorded."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench.subject.recorder import FINISHED, HEARD

__all__ = ["Hearing"]

_LONGEST_S = 1.0
_POLL_S = 0.002


class Hearing:
    """Counts ends, and which of them the main process has heard of, if a worker records that."""

    def __init__(self) -> None:
        self.is_recorded = False
        self._ends = self._heard = self._missed = 0

    def add(self, kinds: NDArray[np.int64], killed: int) -> None:
        """Count new events, and tasks that the main process itself has ended."""
        if not self.is_recorded:
            return
        self._ends += int((kinds == FINISHED).sum()) + killed
        self._heard += int((kinds == HEARD).sum())

    def wait(self, look: Callable[[], object]) -> None:
        """Call ``look``, which adds new events, until every end so far has been heard of.

        After a second it gives up; what was not heard of then is not waited for again.
        """
        if not self.is_recorded:
            return
        look()
        wanted, deadline_s = self._ends, time.monotonic() + _LONGEST_S
        while self._heard + self._missed < wanted and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)
            look()
        self._missed = max(self._missed, wanted - self._heard)
