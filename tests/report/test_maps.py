"""Two keys that are swept together are shown as a map."""

import io
import re
from itertools import pairwise

import pytest
from made_results import RABBITMQ, REDIS, Made, make_result
from rich.console import Console
from rich_results import map_result, sweep_result, swept_distance_result
from rich_rows import make_distant, make_scaled, make_scaling

from bench.figures.crossings import crossings, round_trips
from bench.metrics.scaling import scaling
from bench.records.figures import Row
from bench.records.result import Result
from bench.records.workload import Workload
from bench.report.headline import headline
from bench.report.html import html
from bench.report.maps import map_tables, maps
from bench.report.markdown import markdown
from bench.report.overview import MARKS
from bench.report.pictures.maps import map_pictures
from bench.report.pictures.of_section import pictures
from bench.report.sections import sections
from bench.report.terminal import print_result
from bench.text.numbers import MISSING


def printed(result: Result) -> str:
    console = Console(width=80, file=io.StringIO())
    print_result(result, console, None)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_map_has_a_row_and_a_column_for_each_value_and_where_each_row_flips() -> None:
    result = map_result()
    (found,) = maps(sections(result)[0], result)
    assert (found.line.subject.label, found.to, found.down, found.across) == (
        "rabbitmq",
        "redis",
        "payload_bytes",
        "rtt_ns",
    )
    assert found.columns == [0, 300_000, 1_000_000, 3_000_000, 10_000_000]
    assert found.rows == [0, 1024, 65536]
    (titled,) = map_tables(sections(result)[0], result)
    assert titled.caption == "Map: rabbitmq compared with redis, by payload and round trip to the broker"
    assert titled.table.head == ["payload", "0 ms", "0.3 ms", "1 ms", "3 ms", "10 ms", "flips at"]
    assert [row[0] for row in titled.table.rows] == ["0 bytes", "1 KiB", "64 KiB"]
    assert [[cell[0] for cell in row[1:-1]] for row in titled.table.rows] == [[*"▼▼▲▲▲"], [*"▼▼▲▲▲"], [*"▼▼▼▼▲"]]
    assert titled.table.rows[2][-1].startswith("3.5")
    assert "▲ faster, ▼ slower" in titled.note


def test_void_and_missing_points_are_empty_cells() -> None:
    result = map_result()
    rows = [
        row.model_copy(update={"void": "late"}) if row.at == result.summary[4].at else row for row in result.summary
    ]
    rows = [row for row in rows if row.at != result.summary[-1].at]
    result = result.model_copy(update={"summary": rows})
    (titled,) = map_tables(sections(result)[0], result)
    assert sum(row.count(MISSING) for row in titled.table.rows) == 2
    assert titled.note.endswith(f"{MISSING} void or not measured.")
    assert MISSING not in next(map_tables(sections(map_result())[0], map_result())).note


def test_a_map_of_no_distances_has_no_flips() -> None:
    workload = Workload(name="map", sweep={"concurrency": [1, 2], "pool": ["prefork", "threads"]})
    rows = [
        row.model_copy(update={"at": at})
        for at, _ in workload.points()
        for row in make_result(REDIS, RABBITMQ, metrics=["throughput"]).summary
        if row.metric == "throughput"
    ]
    result = make_result(REDIS, RABBITMQ, metrics=["throughput"], workload=workload, summary=rows)
    (titled,) = map_tables(sections(result)[0], result)
    assert titled.table.head == ["worker concurrency", "prefork", "threads"]
    assert html(result)


def test_one_swept_key_has_no_map() -> None:
    for result in (swept_distance_result(), make_result(), sweep_result()):
        assert not [one for section in sections(result) for one in maps(section, result)]


def test_a_picture_of_a_map_has_every_cell_in_a_title_and_in_a_table() -> None:
    result = map_result()
    (picture,) = map_pictures(sections(result)[0], result)
    titles = re.findall(r"<title>(payload [^<]*)</title>", picture.drawing.shown)
    assert len(titles) == 15
    assert re.fullmatch(r"payload 0 bytes, round trip to the broker 0 ms: ▼ 0\.3\dx \(0\.3\d to 0\.3\d\)", titles[0])
    assert picture.table is not None
    assert len(picture.table.rows) == 3
    assert picture.drawing.shown.count('class="cell full s1"') > 1
    assert picture.drawing.shown.count('class="cell full s0"') > 1


def test_a_cell_that_is_not_certain_has_no_colour() -> None:
    result = map_result()
    result = result.model_copy(update={"summary": [_doubted(row) for row in result.summary]})
    (picture,) = map_pictures(sections(result)[0], result)
    assert picture.drawing.shown.count('class="cell"') == 15
    assert MARKS["inconclusive"] in picture.drawing.shown


def _doubted(row: Row) -> Row:
    ratio = row.ratio and row.ratio.model_copy(update={"verdict": "inconclusive"})
    return row.model_copy(update={"ratio": ratio})


def test_a_headline_of_a_map_says_how_far_the_flip_moves() -> None:
    assert re.fullmatch(
        r"The ranking of rabbitmq and redis in enqueue flips at 0\.8\d+ ms \(payload 0 bytes\) "
        r"to 3\.5\d* ms \(payload 64 KiB\)\.",
        headline(map_result())[1],
    )


def test_the_terminal_has_maps_in_place_of_a_row_for_each_pair_of_values() -> None:
    shown = printed(map_result())
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert re.search(r"64 KiB +▼ 0\.36x +▼ 0\.4\dx +▼ 0\.5\dx +▼ 0\.9\dx +▲ 1\.\d+x +3\.5\d* ms", shown)
    assert "at 0.3 ms, payload 1 KiB" not in shown


def test_a_wide_map_is_split_into_tables_that_fit() -> None:
    sweep = {"rtt": [f"{rtt}ms" for rtt in range(1, 16)], "payload_bytes": [0, 1024]}
    workload = Workload(name="map", sweep=sweep)
    made: tuple[Made, ...] = (REDIS, RABBITMQ)
    rows = [make_distant(one, "enqueue", at) for at, _ in workload.points() for one in made]
    lines = round_trips(rows)
    found = {"summary": rows, "round_trips": lines, "crossings": crossings(rows, lines), "workload": workload}
    result = make_result(*made, metrics=["enqueue"], **found)
    shown = printed(result)
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert all(f"{rtt} ms" in shown for rtt in range(1, 16))


def test_markdown_and_the_page_have_maps_and_fold_the_figures_of_every_point() -> None:
    result = map_result()
    text, page = markdown(result), html(result)
    assert "<summary>The figures at every point</summary>" in text
    assert "### Map: rabbitmq compared with redis, by payload and round trip to the broker" in text
    assert page.index('<td data-head="enqueue"') > page.index("<summary>The figures at every point</summary>")
    assert page.index('class="cell full') < page.index("<summary>The figures at every point</summary>")


@pytest.mark.parametrize(("columns", "lines"), [(5, 1), (7, 2)])
def test_a_mark_of_a_map_stands_beside_its_ratio_or_well_above_it(columns: int, lines: int) -> None:
    workload = Workload(name="map", sweep={"rtt": [f"{3**n}ms" for n in range(columns)], "payload_bytes": [0, 1024]})
    rows = [make_distant(one, "enqueue", at) for at, _ in workload.points() for one in (REDIS, RABBITMQ)]
    result = make_result(REDIS, RABBITMQ, metrics=["enqueue"], workload=workload, summary=rows)
    (picture,) = map_pictures(sections(result)[0], result)
    found = re.findall(r'y="(\d+)" class="middle">(▲ )?([\d.]+x|▲)<', picture.drawing.shown)
    assert len(found) == lines * 2 * columns
    tops = sorted({int(y) for y, _, _ in found})
    assert len(tops) == lines * 2
    assert all(after - before >= 18 for before, after in pairwise(tops))


def test_throughput_over_concurrency_is_fitted_at_each_value_of_the_other_key() -> None:
    fits = [make_scaling(REDIS, alpha=0.04, beta=0.0021), make_scaling(RABBITMQ, alpha=0.09, beta=0.00002)]
    counts = [1, 2, 4, 8, 16, 32]
    workload = Workload(name="map", sweep={"rtt": ["0", "1ms"], "concurrency": counts})
    rows = [
        make_scaled(fits, one, count).model_copy(update={"at": {"rtt_ns": rtt_ns, "concurrency": count}})
        for rtt_ns in (0, 1_000_000)
        for count in counts
        for one in (REDIS, RABBITMQ)
    ]
    found = scaling(rows)
    assert [(one.subject, one.at) for one in found] == [
        (label, {"rtt_ns": rtt_ns}) for rtt_ns in (0, 1_000_000) for label in ("redis", "rabbitmq")
    ]
    result = make_result(REDIS, RABBITMQ, metrics=["throughput"], workload=workload, summary=rows, scaling=found)
    section = sections(result)[0]
    drawn = [one for one in pictures(section, result) if "by worker concurrency" in one.caption]
    assert len(drawn) == 2
    assert all("Universal Scalability Law" in one.method for one in drawn)
    assert "redis, at 0 ms" in markdown(result)
