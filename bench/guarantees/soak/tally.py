"""The ledger of a soak: how often each task started, and whether it finished. It takes five bytes a task."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.processes.events import read_new_events
from bench.subject.recorder import EXPIRED, FINISHED, STARTED, TIME_LIMITED

__all__ = ["SoakTally"]

_ROOM = 4096
_ENDS = (FINISHED, TIME_LIMITED, EXPIRED)


class SoakTally:
    """Counts tasks by their numbers. A task that a limit of its user's own ended counts as finished."""

    def __init__(self) -> None:
        self._records: list[Path] = []
        self._read: Counter[Path] = Counter()
        self._starts: NDArray[np.uint16] = np.zeros(_ROOM, dtype=np.uint16)
        self._ended: NDArray[np.bool_] = np.zeros(_ROOM, dtype=np.bool_)
        self._accepted: NDArray[np.bool_] = np.zeros(_ROOM, dtype=np.bool_)

    def follow(self, records: Path) -> None:
        """Also count what a worker writes in this directory."""
        self._records.append(records)

    def accept(self, numbers: Iterable[int]) -> None:
        """Count these tasks as accepted."""
        chosen = np.fromiter(numbers, dtype=np.int64)
        self._make_room(chosen)
        self._accepted[chosen] = True

    def update(self) -> None:
        """Read what the workers recorded since the last call. Raises NoRoom if one could not write its record."""
        for records in self._records:
            events = read_new_events(records, self._read)
            self._make_room(events.numbers)
            np.add.at(self._starts, events.numbers[events.kinds == STARTED], 1)
            self._ended[events.numbers[np.isin(events.kinds, _ENDS)]] = True

    def _make_room(self, numbers: NDArray[np.int64]) -> None:
        needed = int(numbers.max(initial=-1)) + 1
        if needed > len(self._ended):
            more = max(needed, 2 * len(self._ended)) - len(self._ended)
            self._starts = np.append(self._starts, np.zeros(more, dtype=np.uint16))
            self._ended = np.append(self._ended, np.zeros(more, dtype=np.bool_))
            self._accepted = np.append(self._accepted, np.zeros(more, dtype=np.bool_))

    @property
    def accepted(self) -> int:
        """Return how many tasks were accepted."""
        return int(self._accepted.sum())

    @property
    def finished(self) -> int:
        """Return how many accepted tasks finished at least once."""
        return int((self._accepted & self._ended).sum())

    @property
    def ended(self) -> int:
        """Return how many tasks finished, accepted or not yet known to be."""
        return int(self._ended.sum())

    @property
    def open(self) -> int:
        """Return how many accepted tasks have not finished."""
        return self.accepted - self.finished

    @property
    def duplicated(self) -> int:
        """Return how many tasks started more than once."""
        return int((self._starts > 1).sum())

    @property
    def uninvited(self) -> int:
        """Return how many tasks started that were not accepted."""
        return int(((self._starts > 0) & ~self._accepted).sum())
