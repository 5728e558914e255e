"""The interface of a diagnosis: it looks at everything that is known of one figure, and names a reason or none.

A diagnosis is a class in its own module, named by an entry point of the group ``brokerbench.diagnoses``. It names a
reason only if the evidence shows it: a guess is worse than nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bench.figures.evidence import Evidence
from bench.metrics.registry import find_metric
from bench.records.figures import Row
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.workload import Workload

__all__ = ["Found", "Kind", "Seen"]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Everything that is known of a figure: its row, what the processes did meanwhile, and the rest of the result."""

    subject: SubjectRecord
    row: Row
    evidence: Evidence
    result: Result

    @property
    def workload(self) -> Workload:
        """Return what the subject was made to do at this place."""
        own = self.subject.workload or self.result.workload
        points = [point for at, point in own.points() if at.items() <= self.row.at.items()]
        return points[0] if points else own

    @property
    def operation_ns(self) -> float | None:
        """Return the time per operation, in nanoseconds; None if there is no figure."""
        figure = find_metric(self.row.metric).compared(self.row)
        if figure is None or figure.value <= 0:
            return None
        return 1e9 / figure.value if find_metric(self.row.metric).better == "more" else figure.value


@dataclass(frozen=True, kw_only=True)
class Found:
    """A reason: which share of an operation's time it explains (0 to 1), in which words, by which numbers.

    ``settings`` are Celery settings by dotted names, as in a SPEC of ``ab``, with which the subject is measured again
    to see what the figure then becomes; none if no setting changes it.
    """

    share: float
    text: str
    evidence: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


class Kind:
    """A kind of reason."""

    name: ClassVar[str]
    order: ClassVar[int] = 100
    """Its place among those that explain most of a figure: what is more special comes first, because it is often the
    cause of the others. A handler that never stops computing also fills a core."""
    metrics: ClassVar[tuple[str, ...]] = ("enqueue", "throughput")
    """The metrics whose figures it can explain."""

    def find(self, seen: Seen) -> Found | None:
        """Return the reason; None if the evidence does not show it."""
        raise NotImplementedError
