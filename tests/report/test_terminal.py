"""A result in the terminal: the answer in five lines, one table in 80 columns, and the way to the rest."""

import io
import json
import re
from pathlib import Path

import pytest
from made_results import (
    PASSWORD,
    RABBITMQ,
    REDIS,
    SQS,
    durable_result,
    hostile_result,
    interrupted_result,
    make_environment,
    make_result,
    single_result,
)
from rich.console import Console
from rich_results import EVERY_KIND, rich_result

from bench.records.result import Result
from bench.report.files import write_reports
from bench.report.terminal import print_result

DEFAULT = ["enqueue", "throughput", "latency", "capacity", "first-publish", "cost", "phases"]
"""The metrics of a run without options."""


def printed(result: Result, *, width: int = 80, directory: Path | None = None, details: bool = False) -> str:
    console = Console(width=width, file=io.StringIO())
    print_result(result, console, directory, details=details)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def three_subjects(metrics: list[str]) -> Result:
    """Return the result of three subjects of one tier with these metrics."""
    made = rich_result()
    kept = {REDIS.label, RABBITMQ.label, SQS.label}
    of_ours = {"subjects": [one for one in made.subjects if one.label in kept]}
    rows = {"summary": [row for row in made.summary if row.subject in kept and row.metric in metrics]}
    records = {
        name: [one for one in getattr(made, name) if one.subject in kept] for name in ("capacities", "costs", "phases")
    }
    return made.model_copy(update=of_ours | rows | records | {"metrics": metrics, "limits": []})


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_line_is_wider_than_the_terminal(kind: str, width: int) -> None:
    lines = printed(EVERY_KIND[kind](), width=width).splitlines()
    assert [line for line in lines if len(line) > width] == []


@pytest.mark.parametrize("metrics", [["enqueue", "throughput", "first-publish"], DEFAULT])
def test_three_subjects_fit_a_screen_of_80_columns_and_40_lines_and_begin_with_five_lines(
    metrics: list[str], tmp_path: Path
) -> None:
    result = three_subjects(metrics)
    write_reports(result, tmp_path)
    lines = printed(result, directory=tmp_path).splitlines()
    assert len(lines) <= 40
    assert [set(line.strip()) for line in lines[:6]].index({"─"}) <= 5
    assert sum({*line.strip()} == {"─"} for line in lines) == 3  # it is one table


def test_a_figure_its_ratio_and_the_mark_of_its_verdict_stand_side_by_side_where_there_is_room() -> None:
    text = printed(make_result())
    assert re.search(r"^ redis +403 us +1x +1,992 /s +1x *$", text, re.MULTILINE)
    assert re.search(r"^ rabbitmq +325 us +▲ 1\.239x +1,201 /s +▼ 0\.59x *$", text, re.MULTILINE)
    assert re.search(r"^ +1\.232-1\.246 +0\.58-0\.61 *$", text, re.MULTILINE)
    assert "▲ faster, ▼ slower, \N{EN DASH} not ranked." in text


def test_tiers_stand_below_their_names() -> None:
    lines = [line.strip() for line in printed(durable_result()).splitlines()]
    assert lines.index("fast tier") < lines.index("durable tier")


def test_the_answer_comes_first_then_the_table_then_warnings_and_the_way_to_the_rest(tmp_path: Path) -> None:
    environment = make_environment(lost_here=["Nothing is pinned here."])
    result = make_result(REDIS, RABBITMQ, warnings=["The machine is hot."], environment=environment)
    write_reports(result, tmp_path)
    text = printed(result, directory=tmp_path)
    wanted = [
        "rabbitmq enqueues",
        "▲",
        "! The machine is hot.",
        "! Nothing is pinned here.",
        str(tmp_path),
        "--details",
    ]
    places = [text.index(word) for word in wanted]
    assert places == sorted(places)


def test_every_figure_is_printed_only_for_those_who_ask() -> None:
    brief, whole = (printed(rich_result(), details=details) for details in (False, True))
    assert "p95" not in brief
    assert whole.startswith(brief)
    assert "Mean time in each phase" in whole
    assert "this run could detect" in whole


def test_an_interrupted_result_says_after_how_many_blocks_and_says_it_once() -> None:
    assert printed(interrupted_result()).lower().count("interrupted after 10 blocks:") == 1


def test_only_files_that_are_there_are_named(tmp_path: Path) -> None:
    result = single_result()
    assert "report.md" not in printed(result, directory=tmp_path)
    write_reports(result, tmp_path)
    lines = printed(result, width=40, directory=tmp_path).splitlines()
    assert [line for line in lines if line.startswith("/")] == [
        str(tmp_path / name) for name in ("report.md", "report.html", "histograms.hlog")
    ]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_terminal_without_unicode_or_colour_gets_plain_ascii(kind: str) -> None:
    raw = io.BytesIO()
    console = Console(width=80, file=io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    print_result(EVERY_KIND[kind](), console, None)
    assert raw.getvalue().isascii()
    assert b"\x1b" not in raw.getvalue()


def test_plain_marks_tell_the_verdicts_apart() -> None:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    print_result(make_result(), console, None)
    text = raw.getvalue().decode()
    assert re.search(r"rabbitmq .* \^ 1\.239x .* v 0\.59x", text)
    assert "^ faster, v slower, - not ranked." in text


def test_what_others_wrote_neither_styles_nor_commands_the_terminal() -> None:
    text = printed(hostile_result(), width=200)
    assert "[red]" in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_no_password_is_printed() -> None:
    text = json.dumps([printed(kind(), width=200, details=True) for kind in EVERY_KIND.values()])
    assert PASSWORD not in text
