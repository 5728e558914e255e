"""A rolling deploy: a new worker is ready, the old one is asked to end, and killed once its grace period is over."""

import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from bench.guarantees.attempt import Attempt
from bench.guarantees.ledger import Ledger
from bench.guarantees.worker import Worker
from bench.subject.recorder import CALLED, STARTED

__all__ = ["Ended", "end_old", "stood_still_s"]


@dataclass(frozen=True)
class Ended:
    """How an old worker ended: after how many seconds, and whether it had to be killed."""

    after_s: float
    killed: bool

    @property
    def words(self) -> str:
        """Return it in words."""
        return f"the old worker {'is killed' if self.killed else 'ends'} after {self.after_s:.1f} s"


def end_old(attempt: Attempt, worker: Worker, grace_s: float) -> Ended:
    """Ask a worker to end (SIGTERM), wait for the grace period, then kill it with its children if it still runs.

    That is what Kubernetes, Docker and systemd do; the signal goes to the main process alone, as in a container.
    """
    begin_s = time.monotonic()
    worker.signal(signal.SIGTERM)
    while worker.alive and time.monotonic() - begin_s < grace_s:
        attempt.scene.pause(0.02)
    killed = worker.alive
    if killed:
        attempt.note(f"the grace period of {grace_s:g} s is over: {worker.name} is killed (SIGKILL)")
        worker.kill()
    else:
        attempt.note(f"{worker.name} has ended")
    return Ended(time.monotonic() - begin_s, killed)


def stood_still_s(ledger: Ledger, numbers: Iterable[int], begin_ns: int, end_ns: int) -> float:
    """Return the longest time between two starts of these tasks in that period while one of them was waiting.

    ``numbers`` are sent steadily, so as long as the queue moves one of them starts at about each interval.
    """
    calls = sorted(one.at_ns for number in numbers for one in ledger.of(CALLED, number)[:1])
    starts = sorted(one.at_ns for number in numbers for one in ledger.of(STARTED, number))
    marks = [begin_ns, *(at_ns for at_ns in starts if begin_ns < at_ns < end_ns), end_ns]
    gaps = []
    for earlier, later in pairwise(marks):
        waiting_ns = min((at_ns for at_ns in calls if earlier < at_ns < later), default=later)
        gaps.append((later - waiting_ns) / 1e9)
    return max(gaps)
