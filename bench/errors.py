"""The errors of a measurement; they belong to the one tree in ``brokers.errors``."""

from brokers.errors import BrokerbenchError

__all__ = ["SubjectFailed", "TasksLost"]


class SubjectFailed(BrokerbenchError):
    """A subject could not be measured, or no longer: its row says why, and the other subjects go on."""


class TasksLost(SubjectFailed):
    """The worker did not finish as many tasks as were sent to it."""

    def __init__(self, *, sent: int, finished: int, waited_s: float) -> None:
        super().__init__(f"{sent} tasks sent, {finished} finished, and no more for {waited_s:.0f} s")
        self.sent = sent
        self.finished = finished
