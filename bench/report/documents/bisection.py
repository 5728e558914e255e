"""What ``brokerbench bisect --json`` prints: the releases that were tried, and where they get worse."""

from typing import Literal, Self

from bench.ab.bisection import Bisection, Turn
from bench.records.bounds import Few, Margin, Name, PositiveNumber, Seconds
from bench.records.strict import Record
from bench.report.ab.bisection import found_by
from bench.stats.looks import LookOutcome

__all__ = ["BisectionDocument", "ReleaseChange", "TriedRelease"]


class TriedRelease(Record):
    """A release that was compared with the good one; ``ratio`` is its figure over the good one's, if it is worse."""

    release: Name
    outcome: LookOutcome
    ratio: PositiveNumber | None


class ReleaseChange(Record):
    """Between two releases something changed: with ``after``, or with one ``between`` that was not judged."""

    before: Name
    after: Name
    worse: bool
    between: Few[Name]

    @classmethod
    def of(cls, turn: Turn) -> Self:
        """Return the document of a change."""
        return cls(before=turn.before, after=turn.after, worse=turn.worse, between=list(turn.between))


class BisectionDocument(Record):
    """Where the releases of a package get worse than the first, by more than the ``limit``."""

    version: Literal[1] = 1
    kind: Literal["bisect"] = "bisect"
    package: Name
    subject: Name
    metric: Name
    limit: Margin
    releases: Few[Name]
    """From the good one to the one that is supposed to be bad."""
    tried: Few[TriedRelease]
    changes: Few[ReleaseChange]
    untried: Few[Name]
    """The releases that were not tried, or could not be judged."""
    conclusion: Few[str]
    duration_s: Seconds

    @classmethod
    def of(cls, search: Bisection, *, package: str, subject: str, metric: str, limit: float, duration_s: float) -> Self:
        """Return the document of a search that is over."""
        return cls(
            package=package,
            subject=subject,
            metric=metric,
            limit=limit,
            releases=list(search.releases),
            tried=[TriedRelease(release=one, outcome=found, ratio=ratio) for one, found, ratio in search.tried],
            changes=[ReleaseChange.of(turn) for turn in search.turns],
            untried=search.untried,
            conclusion=found_by(search, package),
            duration_s=duration_s,
        )
