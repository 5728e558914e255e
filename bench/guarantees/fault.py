"""A fault: what is broken on purpose, in one play that is repeated."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bench.guarantees.attempt import Attempt
from bench.guarantees.setup import Setup
from bench.records.matrix import Breaks, FaultRecord, Group
from brokers.protocol import Broker, Profile

__all__ = ["Fault", "Observation", "Play"]


@dataclass(frozen=True)
class Observation:
    """What a play found, in words, beside the ledger's counts.

    ``kept`` says whether a promise held that the ledger knows nothing of; None leaves that to the ledger. ``figures``
    are named with their units (``median_s``).
    """

    words: str
    kept: bool | None = None
    figures: dict[str, float] = field(default_factory=dict)


Play = Callable[[Attempt], Observation | None]


@dataclass(frozen=True, kw_only=True)
class Fault(Setup):
    """What is broken, by ``play``, in which setup.

    ``title`` is one line, ``about`` says what it does, why anybody cares, and its source. ``breaks`` is what it lays
    hands on: ``nothing`` and ``worker`` may be played on a user's server. Where nothing is ``promised``, a cell shows
    what happens and judges nothing. ``quick`` marks the few that matter most.

    ``refusal`` gives the reason why it cannot be played with a broker's profile, or nothing. ``repeats`` is how often
    it is played, where once says as much as often. ``of_app`` says that it asks what a user's own app is set to do:
    without one it is played only by its name. ``typical_s`` is what a cell takes, by which those that take long are
    begun first.
    """

    name: str
    group: Group
    title: str
    about: str
    play: Play
    breaks: Breaks = "worker"
    promised: bool = True
    quick: bool = False
    repeats: int | None = None
    of_app: bool = False
    typical_s: float = 15.0
    refusal: Callable[[Broker, Profile], str] = lambda _broker, _profile: ""

    def record(self) -> FaultRecord:
        """Return what a reader should know of it."""
        return FaultRecord(
            name=self.name,
            group=self.group,
            title=self.title,
            about=" ".join(self.about.split()),
            breaks=self.breaks,
            promised=self.promised,
        )
