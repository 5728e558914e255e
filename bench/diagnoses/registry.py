"""The installed diagnoses, and what they find in a result."""

from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points

from bench.diagnoses.diagnosis import Found, Kind, Seen
from bench.figures.tally import Tally
from bench.records.diagnoses import Cure, Diagnosis
from bench.records.result import Result
from bench.records.turns import Series

__all__ = ["MAIN_SHARE", "catalogue", "diagnosed"]

_LEAST_SHARE = 0.15  # of an operation's time: what explains less is not the reason of a figure
MAIN_SHARE = 0.5
"""Of an operation's time: from this on, a reason is the main one, whatever else explains more."""
_NOT_YET = "there was no time to measure it: use a longer budget"


@cache
def catalogue() -> dict[str, Kind]:
    """Return every installed diagnosis by name, the most special one first."""
    found: list[Kind] = [entry.load()() for entry in entry_points(group="brokerbench.diagnoses")]
    return {one.name: one for one in sorted(found, key=lambda one: (one.order, one.name))}


def diagnosed(result: Result, tally: Tally) -> list[Diagnosis]:
    """Return the reasons of each figure of the result, the main one of each first; a void figure has none.

    The main reason is the most special one of those that explain at least half of the time; the others follow by what
    they explain. Settings to try are in ``cure``, which is not measured yet.
    """
    return [one for seen in _seen(result, tally) for one in _of(seen)]


def _seen(result: Result, tally: Tally) -> Iterator[Seen]:
    subjects = {subject.label: subject for subject in result.subjects}
    for row in result.summary:
        if row.layer == "celery" and row.void is None and row.subject in subjects:
            evidence = tally.evidence.of(Series(row.metric, tuple(row.at.items())), (row.subject, row.layer))
            if evidence:
                yield Seen(subject=subjects[row.subject], row=row, evidence=evidence, result=result)


def _of(seen: Seen) -> list[Diagnosis]:
    row = seen.row
    kinds = (kind for kind in catalogue().values() if row.metric in kind.metrics)
    named = [(kind, found) for kind in kinds if (found := kind.find(seen)) and found.share >= _LEAST_SHARE]
    return [
        Diagnosis(
            kind=kind.name,
            subject=row.subject,
            tier=row.tier,
            metric=row.metric,
            at=row.at,
            share=min(1.0, found.share),
            text=found.text,
            evidence=dict(found.evidence),
            cure=Cure(settings=dict(found.settings), why_not=_NOT_YET) if found.settings else None,
        )
        for kind, found in sorted(named, key=_rank)
    ]


def _rank(named: tuple[Kind, Found]) -> tuple[float, ...]:
    kind, found = named
    return (0, kind.order, -found.share) if found.share >= MAIN_SHARE else (1, -found.share)
