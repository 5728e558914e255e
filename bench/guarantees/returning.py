"""When tasks came back after a worker was shut down: because it gave them back, or because their timeout ended."""

from dataclasses import dataclass, field

from bench.guarantees.ledger import Event, Ledger
from bench.subject.recorder import RECEIVED

__all__ = ["Returned", "returned"]

_SLACK_NS = 500_000_000


@dataclass
class Returned:
    """The tasks that another worker received: ``at_shutdown``, ``by_timeout``, or when both were possible."""

    at_shutdown: set[int] = field(default_factory=set)
    by_timeout: set[int] = field(default_factory=set)
    unclear: set[int] = field(default_factory=set)

    @property
    def words(self) -> str:
        """Return how many tasks came back how; empty if none did."""
        named = (
            (self.at_shutdown, "at the shutdown"),
            (self.by_timeout, "by the visibility timeout"),
            (self.unclear, "so late that either is possible"),
        )
        found = [f"{len(tasks)} {how}" for tasks, how in named if tasks]
        return f"came back: {', '.join(found)}" if found else ""

    @property
    def figures(self) -> dict[str, float]:
        """Return the counts by name."""
        return {
            "back_at_shutdown": float(len(self.at_shutdown)),
            "back_by_timeout": float(len(self.by_timeout)),
            "back_either_way": float(len(self.unclear)),
        }


def returned(ledger: Ledger, fault_ns: int, ready_ns: int, visibility_s: float | None) -> Returned:
    """Return which tasks came back how, if their worker was asked to end at ``fault_ns``.

    Another worker could receive tasks from ``ready_ns`` on. A task that it received before the visibility timeout ended
    was given back; one that it received later, although it could have received it before, was not.
    """
    found = Returned()
    for number in sorted(ledger.numbers(RECEIVED)):
        received = ledger.of(RECEIVED, number)
        first, again = received[0], _again(received, fault_ns)
        if again is None or first.at_ns > fault_ns:
            continue
        due_ns = None if visibility_s is None else first.at_ns + round(visibility_s * 1e9) - _SLACK_NS
        if due_ns is None or again.at_ns < due_ns:
            found.at_shutdown.add(number)
        else:
            (found.by_timeout if ready_ns + _SLACK_NS < due_ns else found.unclear).add(number)
    return found


def _again(received: list[Event], fault_ns: int) -> Event | None:
    """Return the first time that another process received the task after the fault."""
    return next((one for one in received[1:] if one.at_ns > fault_ns and one.pid != received[0].pid), None)
