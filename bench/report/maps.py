"""Maps of two swept keys: who is faster at which pair of values, and by how much."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.figures.crossings import KEY
from bench.metrics.registry import better
from bench.records.figures import Ratio
from bench.records.result import Result
from bench.records.turns import Place
from bench.report.crossings import flip_figure
from bench.report.doubts import doubt_words
from bench.report.overview import MARKS, Mark, mark_of, speed
from bench.report.sections import Line, Section
from bench.text.cleaning import clean
from bench.text.numbers import MISSING, limit_text, ratio_figure, ratio_text
from bench.text.places import axis_title, place_key, place_value, place_words, without
from bench.text.table import Table, Titled

__all__ = ["Map", "MapCell", "cell_text", "is_map", "legend_of", "map_table", "map_tables", "maps"]


@dataclass(frozen=True, kw_only=True)
class MapCell:
    """How many times as fast one subject is as the other at one pair of values."""

    ratio: Ratio
    mark: Mark


@dataclass(frozen=True, kw_only=True)
class Map:
    """One subject compared with another: a row for each value of ``down``, a column for each of ``across``."""

    line: Line
    to: str
    to_number: int
    """The other subject's index among all."""
    rest: Place
    down: str
    across: str
    rows: list[float | str]
    columns: list[float | str]
    cells: list[list[MapCell | None]]
    flips: list[str]
    """Where along each row the ranking flips, if the columns are distances."""

    @property
    def title(self) -> str:
        """Return what the map shows: ``rabbitmq compared with redis, by payload and round trip to the broker``."""
        where = place_words(self.rest)
        by = f"{self.line.name} compared with {self.to}, by {axis_title(self.down)} and {axis_title(self.across)}"
        return ", ".join(filter(None, (by, where)))


def maps(section: Section, result: Result) -> list[Map]:
    """Return a map for each subject that is compared and each other part of the place; none without two keys."""
    keys = _keys(result)
    lines = [line for line in section.lines if all(key in line.at for key in keys)] if keys else []
    groups: dict[object, list[Line]] = {}
    for line in (one for one in lines if one.row and one.row.ratio):
        rest = without(without(line.at, keys[0]), keys[1])
        groups.setdefault((line.number, line.row and line.row.ratio and line.row.ratio.to, place_key(rest)), []).append(
            line
        )
    return [_map(own, keys, result) for own in groups.values()]


def is_map(result: Result) -> bool:
    """Return whether two keys are swept."""
    return bool(_keys(result))


def _keys(result: Result) -> list[str]:
    """Return the two keys of a sweep, rows first; distances are columns. Empty unless there are two."""
    points = [at for at, _ in result.workload.points()]
    keys = list(points[0])
    if len(keys) != 2:  # noqa: PLR2004 - a map
        return []
    return sorted(keys, key=lambda key: key == KEY)


def _map(lines: list[Line], keys: Sequence[str], result: Result) -> Map:
    down, across = keys
    points = [at for at, _ in result.workload.points()]
    rows, columns = (list(dict.fromkeys(at[key] for at in points)) for key in keys)
    known = {(line.at[down], line.at[across]): line for line in lines}
    return Map(
        line=lines[0],
        to=clean(_ratio(lines[0]).to),
        to_number=[one.label for one in result.subjects].index(_ratio(lines[0]).to),
        rest=without(without(lines[0].at, down), across),
        down=down,
        across=across,
        rows=rows,
        columns=columns,
        cells=[[_cell(known.get((row, column))) for column in columns] for row in rows],
        flips=[_flip(lines[0], {**without(without(lines[0].at, down), across), down: row}, result) for row in rows],
    )


def _ratio(line: Line) -> Ratio:
    assert line.row  # noqa: S101 - a map has lines with ratios only
    assert line.row.ratio  # noqa: S101
    return line.row.ratio


def _cell(line: Line | None) -> MapCell | None:
    if line is None or line.void or line.void_reference:
        return None
    ratio = speed(_ratio(line), better(line.metric))
    return MapCell(ratio=ratio, mark=mark_of(ratio.verdict))


def _flip(line: Line, at: Place, result: Result) -> str:
    """Return where this pair flips along a row of distances; empty where it does not, or is not known."""
    own = (line.subject.label, line.metric, place_key(at))
    found = next((one for one in result.crossings if (one.subject, one.metric, place_key(one.at)) == own), None)
    if found is None or found.verdict != "flips":
        return ""
    if found.flip_ns is None:
        return " to ".join(place_value(KEY, end) for end in found.between_ns or ())
    return str(flip_figure(found.flip_ns))


def cell_text(cell: MapCell | None, marks: dict[str, str], *, interval: bool = True) -> str:
    """Return ``▲ 1.62x (1.59 to 1.65)``, or without the interval."""
    if cell is None:
        return MISSING
    figure = ratio_figure(cell.ratio)
    text = str(figure) if interval else ratio_text(cell.ratio.value)
    return f"{marks.get(cell.mark, '')} {text}".strip()


def map_table(one: Map, marks: dict[str, str], *, interval: bool = True) -> Table:
    """Return the map as a table; distances have a last column with the flip of each row, if there is any."""
    flips = any(one.flips)
    head = [axis_title(one.down), *(place_value(one.across, value) for value in one.columns)]
    rows = [
        [
            place_value(one.down, value),
            *(cell_text(cell, marks, interval=interval) for cell in cells),
            *([(flip.partition(" (")[0] if not interval else flip) or MISSING] if flips else []),
        ]
        for value, cells, flip in zip(one.rows, one.cells, one.flips, strict=True)
    ]
    return Table([*head, *(["flips at"] if flips else [])], rows)


def legend_of(found: Sequence[Map], marks: dict[str, str], margin: float) -> str:
    """Return how to read maps."""
    all_cells = [cell for one in found for cells in one.cells for cell in cells]
    had = {cell.mark for cell in all_cells if cell}
    words = {"equal": f"equal within {limit_text(margin)}", "inconclusive": "not certain"}
    shown = [f"{mark} {words.get(name, name)}" for name, mark in marks.items() if name in had]
    shown += [f"{MISSING} void or not measured"] if None in all_cells else []
    doubts = doubt_words(cell.ratio for cell in all_cells if cell)
    text = f"Each cell: how many times as fast as the other one, above 1x is better. {', '.join(shown)}."
    return f"{text} {doubts}".rstrip()


def map_tables(section: Section, result: Result) -> Iterator[Titled]:
    """Yield the maps of a section as tables."""
    found = maps(section, result)
    for one in found:
        yield Titled(f"Map: {one.title}", map_table(one, MARKS), legend_of(found, MARKS, result.margin))
