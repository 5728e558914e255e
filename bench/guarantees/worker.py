"""A worker of a scene."""

from dataclasses import dataclass

from bench.processes.process import SubjectProcess

__all__ = ["Worker"]

_LONGEST_WORDS = 160


@dataclass(frozen=True)
class Worker:
    """A real worker of the scene's queue, with its name in the timeline."""

    name: str
    process: SubjectProcess

    def kill(self) -> None:
        """Kill it and all its children at once."""
        self.process.kill_group()

    def signal(self, number: int) -> None:
        """Send a signal to its main process alone."""
        self.process.signal_leader(number)

    def wait_ended(self, timeout_s: float) -> bool:
        """Return whether it ends by itself in time."""
        return self.process.wait_ended(timeout_s)

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return not self.process.wait_ended(0)

    def end_in_words(self) -> str:
        """Return that it ended and its last output; empty while it runs."""
        return "" if self.alive else f"the worker has ended; {self.process.last_words()[:_LONGEST_WORDS]}"
