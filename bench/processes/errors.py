"""The errors of a measurement; they belong to the one tree in ``brokers.errors``."""

from collections.abc import Sequence
from pathlib import Path

from brokers.errors import BrokerbenchError, UsageError

__all__ = ["CallsDropped", "NoRoom", "NotImported", "StillRunning", "SubjectFailed", "TasksLost", "WrongApp"]


class SubjectFailed(BrokerbenchError):
    """A subject cannot be measured, or no longer: its row says why, and the other subjects continue."""


class WrongApp(SubjectFailed):
    """The user's app cannot be imported, or has no such task; ``labels`` are the subjects for which that is so."""

    exit_code = 2

    def __init__(self, message: str, labels: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.labels = labels


class NotImported(UsageError):
    """No process of the subjects imported the package whose releases are compared."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"nothing that is measured imports {package}, so its releases differ only by chance: choose a package that "
            "the producer, the worker or the task imports (a subject that uses it, or your own app: --app)"
        )


class NoRoom(SubjectFailed):
    """A process of a subject could not record what it did, so the record is incomplete."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"its processes cannot record their tasks in {directory.parent}: free space there")


class CallsDropped(SubjectFailed):
    """Some calls of ``apply_async`` sent no message."""

    def __init__(self, *, calls: int, messages: int, around: Sequence[str] = ()) -> None:
        """``around`` names the user's own code that runs around each call."""
        why = f"your {', '.join(around)} may drop calls" if around else "code around them may drop calls"
        sent = f"{calls} calls of apply_async sent {messages} message{'s' * (messages != 1)}"
        super().__init__(f"{sent}, so no figure of them is the broker's: {why}")


class TasksLost(SubjectFailed):
    """The worker did not finish as many tasks as were sent to it."""

    def __init__(self, *, sent: int, finished: int, waited_s: float, complaint: str = "") -> None:
        """``complaint`` is the worker's, which may have refused the tasks."""
        why = f"; its worker's {complaint}" if complaint else ""
        super().__init__(f"{sent} tasks sent, {finished} finished, and no progress for {waited_s:.0f} s{why}")
        self.sent = sent
        self.finished = finished
        self.waited_s = waited_s


class StillRunning(SubjectFailed):
    """The worker had not finished all its tasks when the wait for them ended, but was running some: none is lost."""

    def __init__(self, *, sent: int, finished: int, running: int, task_s: float | None = None) -> None:
        took = f", {task_s:.2g} s each" if task_s and finished else ""
        super().__init__(
            f"{sent} tasks sent, {finished} finished{took}, {running} still running: "
            "raise --budget, send a shorter task, or empty the task with --dry"
        )
