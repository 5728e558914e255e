"""The errors of a measurement; they belong to the one tree in ``brokers.errors``."""

from pathlib import Path

from brokers.errors import BrokerbenchError

__all__ = ["NoRoom", "SubjectFailed", "TasksLost", "WrongApp"]


class SubjectFailed(BrokerbenchError):
    """A subject cannot be measured, or no longer: its row says why, and the other subjects continue."""


class WrongApp(SubjectFailed):
    """The user's app or task does not exist: nothing is measured at all."""

    exit_code = 2


class NoRoom(SubjectFailed):
    """A process of a subject could not record what it did, so the record is incomplete."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"its processes cannot record their tasks in {directory.parent}: free space there")


class TasksLost(SubjectFailed):
    """The worker did not finish as many tasks as were sent to it."""

    def __init__(self, *, sent: int, finished: int, waited_s: float) -> None:
        super().__init__(f"{sent} tasks sent, {finished} finished, and no progress for {waited_s:.0f} s")
        self.sent = sent
        self.finished = finished
        self.waited_s = waited_s
