"""Histories of releases whose truth is known."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sides import made_side

from bench.ab.virtualenvs import Interpreter, Lock, Release
from bench.figures.tally import Tally
from bench.records.releases import Releases
from bench.releases.judging import Found, judged

__all__ = ["KOMBU", "made_found", "made_releases"]

KOMBU = {
    **dict.fromkeys(["5.4.0", "5.4.1", "5.4.2"], 1.0),
    **dict.fromkeys(["5.5.0", "5.5.1", "5.5.2", "5.5.3"], 100.0),
    **dict.fromkeys(["5.6.0", "5.6.1", "5.6.2"], 1.0),
    "5.7.0": 50.0,
}
"""How many times as slow each release is: good, bad, good, and bad for another reason."""


def made_found(slow: Mapping[str, float] = KOMBU, *, failed: Mapping[str, str] | None = None, **changes: Any) -> Found:
    """Measure releases that are slower by these factors; those that ``failed`` were left out."""
    failed = failed or {}
    measured = tuple(label for label in slow if label not in failed)
    result = made_side(
        slow, labels=measured, **({"metrics": ("throughput",), "generations": 6, "blocks": 2, "margin": 0.05} | changes)
    )
    tally = Tally()
    for block in result.blocks:
        tally.add(block)
    locks = {label: Lock(Interpreter("python"), f"kombu=={label}\ncelery==5.4.0\n") for label in measured}
    return Found(
        package="kombu",
        metric=result.metrics[0],
        also="",
        releases=[Release(label, date(2025, 1, 1 + place)) for place, label in enumerate(slow)],
        result=result.model_copy(
            update={"subjects": [one.model_copy(update={"versions": {"kombu": one.label}}) for one in result.subjects]}
        ),
        tally=tally,
        locks=locks,
        unlike={label: {"redis": "8.1.0" if label == measured[-1] else "5.2.1"} for label in measured},
        refused={label: f"cannot be installed: {why}" for label, why in failed.items()},
    )


def made_releases(slow: Mapping[str, float] = KOMBU, **changes: Any) -> Releases:
    """Return the history of releases that are slower by these factors."""
    return judged(made_found(slow, **changes))
