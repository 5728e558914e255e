"""Pictures of maps: a cell for each pair of swept values, in the colour of the faster subject."""

import math

from bench.records.result import Result
from bench.report.maps import Map, MapCell, cell_text, map_table, maps
from bench.report.method import how
from bench.report.overview import MARKS
from bench.report.pictures.frame import LABEL_CHARACTERS, LEFT, LEGEND_ROW, Picture, canvas_of, capital
from bench.report.pictures.svg import WIDTH, Canvas, Drawing, shortened
from bench.report.sections import Section
from bench.text.numbers import ratio_text
from bench.text.places import axis_title, place_value

__all__ = ["map_pictures"]

_TOP, _LABELS, _EDGE, _CELL = 40, 84, 8, 40  # pixels: above the cells, to their left and right, and a cell's height
_STRONGEST, _FAINTEST = 0.85, 0.12  # opacity
_STRONG_FROM = math.log(4)  # a ratio from which the colour is the strongest
_GAP = 2
_NARROWEST, _BROAD = 46, 64  # of a cell that has room for its ratio: below its mark, and beside it


def map_pictures(section: Section, result: Result) -> list[Picture]:
    """Draw the maps of a section; none unless two keys are swept."""
    return [_picture(one, section, result) for one in maps(section, result)]


def _picture(one: Map, section: Section, result: Result) -> Picture:
    caption = f"{capital(section.metric)}: {one.title}"
    method = (
        f"{how(section.metric, result)}; each cell has how many times as fast {one.line.name} is as {one.to}, in the "
        "colour of the faster one: the stronger, the larger the difference. Cells without colour are equal or not "
        "certain; a dash is void or not measured."
    )
    drawing = Drawing(_drawn(one, section, caption).markup())
    return Picture(drawing=drawing, caption=caption, method=method, table=map_table(one, MARKS), leads=True)


def _drawn(one: Map, section: Section, caption: str) -> Canvas:
    foot = _TOP + _CELL * len(one.rows)
    canvas = canvas_of(foot + 16 + 2 * LEGEND_ROW, caption, section, "One cell for each pair of values.")
    width = (WIDTH - _LABELS - _EDGE) / len(one.columns)
    canvas.text(WIDTH - _EDGE, 12, shortened(axis_title(one.across), LABEL_CHARACTERS), "end quiet")
    canvas.text(LEFT, 12, shortened(axis_title(one.down), LABEL_CHARACTERS), "quiet")
    for place, value in enumerate(one.columns):
        text = shortened(place_value(one.across, value), max(3, int(width / 7)))
        canvas.text(_LABELS + (place + 0.5) * width, _TOP - 6, text, "middle quiet")
    for row, value in enumerate(one.rows):
        top = _TOP + _CELL * row
        canvas.text(_LABELS - 8, top + _CELL / 2 + 4, shortened(place_value(one.down, value), 11), "end quiet")
        for column, cell in enumerate(one.cells[row]):
            _draw_cell(canvas, one, cell, (row, column), width)
    _legend(canvas, one, foot + 22)
    return canvas


def _draw_cell(canvas: Canvas, one: Map, cell: MapCell | None, at: tuple[int, int], width: float) -> None:
    row, column = at
    left, top = _LABELS + column * width, _TOP + _CELL * row
    box = (left, top, width - _GAP, _CELL - _GAP)
    where = f"{axis_title(one.down)} {place_value(one.down, one.rows[row])}, {axis_title(one.across)} "
    where += place_value(one.across, one.columns[column])
    canvas.cell(box, _opacity(cell), _faster(one, cell), tip=f"{where}: {cell_text(cell, MARKS)}")
    middle = left + (width - _GAP) / 2
    if cell and _NARROWEST <= width < _BROAD:
        canvas.text(middle, top + 15, MARKS.get(cell.mark, ""), "middle")
        canvas.text(middle, top + 33, ratio_text(cell.ratio.value), "middle")
    else:
        whole = cell_text(cell, MARKS, interval=False)
        canvas.text(middle, top + 24, whole if width >= _BROAD else whole.partition(" ")[0], "middle")


def _faster(one: Map, cell: MapCell | None) -> int | None:
    """Return which subject is faster; None if that is not certain."""
    return {"faster": one.line.number, "slower": one.to_number}.get(cell.mark) if cell else None


def _opacity(cell: MapCell | None) -> float:
    if cell is None:
        return 0.0
    share = min(1.0, abs(math.log(cell.ratio.value)) / _STRONG_FROM)
    return _FAINTEST + share * (_STRONGEST - _FAINTEST)


def _legend(canvas: Canvas, one: Map, y: float) -> None:
    known = (("faster", one.line.number, one.line.name), ("slower", one.to_number, one.to))
    for row, (mark, number, name) in enumerate(known):
        top = y + LEGEND_ROW * row
        canvas.cell((_LABELS, top - 11, 28, 14), (_STRONGEST + _FAINTEST) / 2, number)
        canvas.text(_LABELS + 36, top, f"{MARKS[mark]} {shortened(name, LABEL_CHARACTERS)} is faster")
