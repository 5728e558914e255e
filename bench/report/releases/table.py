"""The table of a history of releases, for the terminal, Markdown and HTML."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.metrics.registry import find_metric
from bench.records.figures import Ratio
from bench.records.releases import ReleaseRow, Releases
from bench.report.pictures.frame import figure_text
from bench.report.releases.sentences import engine_of, what_of, why_not
from bench.text.cleaning import clean
from bench.text.numbers import MISSING, Figure, ratio_figure
from bench.text.table import Table

__all__ = [
    "RATIO_HEADS",
    "Shown",
    "beside",
    "change_word",
    "day_of",
    "figure_cell",
    "ratio_cell",
    "shown_releases",
    "table_of_releases",
]

RATIO_HEADS = ("to the one before", "to the newest")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A release as a page shows it; ``failure`` is why it has no figures, ``beside`` what changes along with it."""

    release: str
    day: str
    figures: list[Figure]
    change: str
    failure: str
    beside: str


def shown_releases(releases: Releases) -> Iterator[Shown]:
    """Yield each release with its figure and its ratios, each with an interval."""
    for row, versions in beside(releases):
        figure = figure_text(row.figure, engine_of(releases))
        own = Figure(figure_cell(row, releases), figure.low, figure.high)
        yield Shown(
            release=clean(row.release),
            day=day_of(row),
            figures=[own, ratio_cell(row.to_previous), ratio_cell(row.to_newest)],
            change=change_word(row, releases),
            failure=why_not(row),
            beside=versions,
        )


def day_of(row: ReleaseRow) -> str:
    """Return the day of a release."""
    return f"{row.day:%Y-%m-%d}" if row.day else MISSING


def figure_cell(row: ReleaseRow, releases: Releases) -> str:
    """Return a release's figure: ``288 /s``; ``<= 2.4 /s`` if that is only the highest that it could have been."""
    text = find_metric(engine_of(releases)).text(row.figure.value if row.figure else None)
    return f"<= {text}" if row.at_most else text


def ratio_cell(ratio: Ratio | None) -> Figure:
    """Return a ratio with its interval; ``*`` if the difference is certain."""
    figure = ratio_figure(ratio)
    certain = ratio is not None and ratio.verdict in ("regressed", "improved")
    return Figure(f"{figure.text}*", figure.low, figure.high) if certain else figure


def change_word(row: ReleaseRow, releases: Releases) -> str:
    """Return ``worse`` or ``better`` where the level changes; empty elsewhere."""
    step = next((one for one in releases.steps if one.release == row.release), None)
    return "" if step is None else "worse" if step.worse else "better"


def beside(releases: Releases) -> Iterator[tuple[ReleaseRow, str]]:
    """Yield each row with the versions that differ from those of the row before, in words."""
    before: dict[str, str] = {}
    for row in releases.rows:
        changed = {name: version for name, version in row.versions.items() if before.get(name) != version}
        yield row, ", ".join(f"{clean(name)} {_version(version)}" for name, version in changed.items())
        before = row.versions or before


def _version(version: str) -> str:
    return "not installed" if version == "-" else clean(version)


def table_of_releases(releases: Releases) -> Table:
    """Return the whole table: every release with its figure, its ratios, and what goes along with it."""
    head = ["release", "date", what_of(releases), "95 % interval", *RATIO_HEADS]
    table = Table([*head, "change of level", "note", "with"])
    for row in releases.rows:
        figure = figure_text(row.figure, engine_of(releases))
        versions = ", ".join(f"{clean(name)} {_version(version)}" for name, version in row.versions.items())
        table.rows.append(
            [
                clean(row.release),
                day_of(row),
                figure_cell(row, releases),
                figure.interval,
                str(ratio_cell(row.to_previous)),
                str(ratio_cell(row.to_newest)),
                change_word(row, releases),
                why_not(row),
                versions,
            ]
        )
    return table
