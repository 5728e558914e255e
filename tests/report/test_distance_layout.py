"""The tables, pictures, terminal and page of a sweep over the distance."""

import io
import re

from made_results import RABBITMQ, REDIS, SQS, make_result
from rich.console import Console
from rich_results import sweep_result, swept_distance_result

from bench.figures.crossings import crossings, round_trips
from bench.records.figures import Estimate
from bench.records.result import Result
from bench.records.workload import Workload
from bench.report.fitted import emulated_sentences, round_trip_tables
from bench.report.headline import headline
from bench.report.html import html
from bench.report.markdown import markdown
from bench.report.pictures.of_section import pictures
from bench.report.sections import sections
from bench.report.terminal import print_result


def test_round_trips_and_the_rest_are_a_table_of_each_section() -> None:
    result = swept_distance_result()
    (table,) = round_trip_tables(sections(result)[0], result)
    assert table.caption == "Round trips of a call"
    assert table.table.head == ["subject", "round trips", "the rest", "fits a line"]
    assert [row[0] for row in table.table.rows] == ["redis", "rabbitmq", "sqs (ministack)"]
    assert [row[1][:3] for row in table.table.rows] == ["1.2", "0.4", "2.0"]
    assert {row[3] for row in table.table.rows} == {"yes"}


def test_a_time_that_is_no_line_is_told_as_such() -> None:
    result = swept_distance_result()
    bent = [one.model_copy(update={"is_line": False, "misses": 0.31}) for one in result.round_trips]
    result = result.model_copy(update={"round_trips": bent})
    (table,) = round_trip_tables(sections(result)[0], result)
    assert {row[3] for row in table.table.rows} == {"off by 31 %"}
    assert not emulated_sentences(result)


def test_pictures_over_the_distance_have_lines_and_the_flip_on_both_scales() -> None:
    result = swept_distance_result()
    picture = pictures(sections(result)[0], result)[0]
    assert picture.caption == "Enqueue: by round trip to the broker"
    assert "Lines are fitted" in picture.method
    assert re.search(r"The ranking flips at the upright line, 0\.8\d+ ms\.", picture.method)
    assert picture.drawing.other
    assert picture.drawing.logarithmic
    for drawing in (picture.drawing.shown, picture.drawing.other):
        assert drawing.count('class="curve"') == 2 * 3  # a line and one in the legend, of each subject
        assert 'class="break"' in drawing
        assert ">0 ms<" in drawing
    assert "(logarithmic, except 0)" in picture.drawing.shown
    assert "(logarithmic" not in picture.drawing.other


def test_a_sweep_that_begins_at_zero_has_a_logarithmic_axis_with_zero_apart() -> None:
    result = sweep_result()
    drawn = [one for section in sections(result) for one in pictures(section, result) if "by payload" in one.caption]
    assert all("payload (logarithmic, except 0)" in one.drawing.shown for one in drawn)


def printed(result: Result) -> str:
    console = Console(width=80, file=io.StringIO())
    print_result(result, console, None)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_terminal_has_round_trips_below_the_overview() -> None:
    shown = printed(swept_distance_result())
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "Round trips, and the rest of the time" in shown
    assert re.search(r"redis +enqueue +1\.20 \(1\.\d+-1\.\d+\) +\d+ us \(\d+-\d+\)", shown)


def test_round_trips_take_a_line_each_and_fit_80_columns() -> None:
    result = swept_distance_result()
    wide = {"fixed_ns": Estimate(value=12.6e6, low=12.5e6, high=12.7e6)}
    lines = [one.model_copy(update=wide | {"is_line": place != 1}) for place, one in enumerate(result.round_trips)]
    lines[2] = lines[2].model_copy(update={"round_trips": Estimate(value=-0.01, low=-0.02, high=0)})
    shown = printed(result.model_copy(update={"round_trips": lines})).partition("Round trips, and")[2].splitlines()
    assert all(len(line) <= 80 for line in shown)
    assert len([line for line in shown if re.match(" (redis|rabbitmq|sqs)", line)]) == len(lines)
    assert re.search(r"rabbitmq +enqueue +no line +off by [\d.]+ %", "\n".join(shown))
    assert re.search(r"sqs \(ministack\) +enqueue +-0\.01 \(-0\.02 to 0\.00\)", "\n".join(shown))


def voided(result: Result, subject: str, from_ns: int) -> Result:
    """Return a sweep in which a subject's enqueue is void from a distance on."""
    rows = [
        row.model_copy(update={"void": "late"})
        if (row.subject, row.metric) == (subject, "enqueue") and float(row.at["rtt_ns"]) >= from_ns
        else row
        for row in result.summary
    ]
    lines = round_trips(rows)
    return result.model_copy(update={"summary": rows, "round_trips": lines, "crossings": crossings(rows, lines)})


def test_who_has_no_line_over_the_distance_is_named_with_the_reason() -> None:
    result = voided(swept_distance_result(), "rabbitmq", 1_000_000)
    sentence = "No round trips of rabbitmq in enqueue (4 of 6 void): a line needs 4 distances."
    assert sentence in printed(result)
    assert sentence in markdown(result)
    assert sentence in html(result)
    assert headline(result)[0] == "rabbitmq enqueues slower than redis at 0 and 0.3 ms; at 1, 3, 10 and 30 ms void."


def test_a_sweep_of_too_few_distances_says_why_it_has_no_round_trips() -> None:
    workload = Workload(name="few", sweep={"rtt": ["0", "10ms", "30ms"]})
    rows = [row for row in swept_distance_result().summary if row.at["rtt_ns"] in (0, 10_000_000)]
    result = make_result(REDIS, RABBITMQ, SQS, workload=workload, summary=rows)
    assert "No round trips: a line needs 4 distances, and this sweep has 3." in printed(result)


def test_a_sweep_of_which_nobody_has_a_line_says_why_once() -> None:
    result = voided(voided(swept_distance_result(), "rabbitmq", 1_000_000), "redis", 1_000_000)
    rows = [row for row in result.summary if row.metric == "enqueue" and row.subject != "sqs"]
    without = result.model_copy(update={"summary": rows, "round_trips": round_trips(rows), "metrics": ["enqueue"]})
    assert "No round trips: a line needs 4 distances (4 of 6 void)." in printed(without)


def test_the_page_of_a_sweep_has_its_curves_before_the_folded_table_and_once() -> None:
    result = voided(swept_distance_result(), "rabbitmq", 30_000_000)
    page = html(result)
    answer, curves, rest = (page.index(what) for what in (headline(result)[-1], 'class="pictures"', "<details"))
    assert answer < curves < rest
    folded = page.index("<summary>The figures at every point</summary>")
    assert page.index('<td data-head="enqueue"') > folded
    for caption in ("Enqueue: by round trip to the broker", "Throughput: by round trip to the broker"):
        assert page.count(f"<figcaption>{caption}</figcaption>") == 1
        assert page.index(f"<figcaption>{caption}</figcaption>") < folded
    assert page.index('class="quiet remarks"') > page.index("</details>", folded)


def test_a_page_without_a_sweep_has_its_table_open() -> None:
    page = html(make_result())
    assert "<summary>The figures at every point</summary>" not in page
    assert page.index('<td data-head="enqueue"') < page.index('class="pictures"')
