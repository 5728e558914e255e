"""A fault: what is broken on purpose, in a run that is repeated."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bench.guarantees.attempt import Attempt
from bench.guarantees.setup import Setup
from bench.records.matrix import Breaks, FaultRecord, Group
from brokers.protocol import Broker, Profile

__all__ = ["Fault", "Observation", "Run"]


@dataclass(frozen=True)
class Observation:
    """What a run found, in words, in addition to the ledger's counts.

    ``kept`` is whether a promise was kept that the ledger cannot judge; None leaves the judgement to the ledger.
    ``tested`` is False if what the fault is about did not happen, so that the run only shows what did. ``figures`` have
    their units in their names (``median_s``).
    """

    words: str
    kept: bool | None = None
    tested: bool = True
    figures: dict[str, float] = field(default_factory=dict)


Run = Callable[[Attempt], Observation | None]


@dataclass(frozen=True, kw_only=True)
class Fault(Setup):
    """A fault, which ``run`` produces in a scene with this setup.

    ``title`` is one line; ``about`` says what happens, why it matters, and the source. ``breaks`` is what it breaks:
    ``nothing`` and ``worker`` may be run on a user's server. Unless it is ``promised``, a cell shows what happens
    without judging it. ``quick`` marks the few faults that matter most.

    ``refusal`` returns why it cannot be run with a broker's profile; empty if it can. ``repeats`` overrides the number
    of attempts, if one shows as much as several. ``of_app`` marks a fault that depends on the settings of a user's app:
    without an app it runs only if named. ``typical_s`` is how long a cell takes; long cells begin first.
    """

    name: str
    group: Group
    title: str
    about: str
    run: Run
    breaks: Breaks = "worker"
    promised: bool = True
    quick: bool = False
    repeats: int | None = None
    of_app: bool = False
    typical_s: float = 15.0
    refusal: Callable[[Broker, Profile], str] = lambda _broker, _profile: ""

    def record(self) -> FaultRecord:
        """Return the record of the fault for reports."""
        return FaultRecord(
            name=self.name,
            group=self.group,
            title=self.title,
            about=" ".join(self.about.split()),
            breaks=self.breaks,
            promised=self.promised,
        )
