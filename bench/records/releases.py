"""The history of a package's releases, measured in one run on one machine.

Version 1: first.
"""

import os.path
import sys
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from bench.records.bounds import Count, Few, Name, PositiveNumber
from bench.records.figures import Estimate, Ratio
from bench.records.provenance import ServerRecord, refuse_twice
from bench.records.run import RunRecord, schema_of
from bench.records.strict import Record, checked_json
from bench.records.turns import MetricName

__all__ = [
    "RELEASES_FILE",
    "RELEASES_HTML_FILE",
    "RELEASES_MARKDOWN_FILE",
    "LevelStep",
    "ReleaseRow",
    "Releases",
    "read_releases",
    "schema",
]

RELEASES_FILE = "releases.json"
RELEASES_MARKDOWN_FILE, RELEASES_HTML_FILE = "releases.md", "releases.html"
"""The reports beside it."""


class ReleaseRow(Record):
    """One release. ``figure`` is in tasks a second, or in nanoseconds, as the metric has it."""

    release: Name
    day: date | None = None
    """On which its first file was uploaded; None if the index does not say."""
    versions: dict[str, str] = {}
    """Of the other packages that could not be the same for all releases; a dash if one is not installed."""
    figure: Estimate | None = None
    at_most: bool = False
    """Whether the figure is only the highest that it could have been, because the worker hardly moved."""
    blocks: Count = 0
    samples: Count = 0
    to_previous: Ratio | None = None
    """Its figure over that of the release before it that was measured."""
    to_newest: Ratio | None = None
    failure: str | None = None
    """Why it was not measured, or not to the end."""


class LevelStep(Record):
    """A change of level: from ``release`` on, it is ``ratio`` times the level since the change before."""

    release: Name
    previous: Name
    """The last release of the level before."""
    unmeasured: Few[Name] = []
    """The releases between the two that were not measured: the change may have come with one of them."""
    ratio: PositiveNumber
    low: PositiveNumber
    high: PositiveNumber
    worse: bool


class Releases(RunRecord):
    """The releases of a package from the oldest to the newest, and where the level changed.

    Changes of level of up to ``margin`` are not counted.
    """

    version: Literal[1] = 1
    kind: Literal["releases"] = "releases"
    package: Name
    subject: Name
    emulator: bool = False
    metric: MetricName
    also: str = ""
    """What every release was measured with."""
    server: ServerRecord | None = None
    generations: Count
    """How many sets of fresh processes each release had; with a single one, no change is certain."""
    alike: dict[str, str] = {}
    """The versions of the other packages that were the same for all releases."""
    rows: Few[ReleaseRow]
    steps: Few[LevelStep] = []

    @model_validator(mode="after")
    def _names_each_release_once(self) -> Self:
        refuse_twice(row.release for row in self.rows)
        return self

    @property
    def measured(self) -> list[ReleaseRow]:
        """Return the rows that have a figure."""
        return [row for row in self.rows if row.figure]


def read_releases(path: Path) -> Releases:
    """Read a history of releases from its file or the folder that contains it. Raises UsageError if it is not one."""
    path = path / RELEASES_FILE if os.path.isdir(path) else path
    return checked_json(Releases, path, "a history of releases", "use a file or folder that 'releases' wrote")


def schema() -> str:
    """Return the JSON schema of the written document, in the form of ``releases.schema.json``."""
    return schema_of(Releases, "A history of releases by Brokerbench")


if __name__ == "__main__":  # python -m bench.records.releases > bench/records/releases.schema.json
    sys.stdout.write(schema())
