"""The details in the terminal: a table of every figure."""

import io
import re

import pytest
from made_results import (
    REDIS,
    SQS,
    durable_result,
    failed_result,
    hostile_result,
    make_result,
    warmup_result,
)
from rich.console import Console
from rich_results import EVERY_KIND, rich_result

from bench.records.result import Result
from bench.report.details import print_details


def printed(result: Result, *, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO())
    print_details(result, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_the_terminal(kind: str, width: int) -> None:
    lines = printed(EVERY_KIND[kind](), width=width).splitlines()
    assert [line for line in lines if len(line) > width] == []


def test_a_usual_result_has_every_figure_whole_on_80_columns() -> None:
    text = printed(durable_result())
    assert re.search(r"^ rabbitmq:durable +1\.9 ms +[\d.]+ ms +[\d.]+ ms +\d+ +1\.\d+x 0\.8 % *$", text, re.MULTILINE)
    assert re.search(r"^ +\d+-\d+ +\d+-\d+ +\d+-\d+ +2,\d{3}-2,\d{3} 0\.\d+-0\.\d+ *$", text, re.MULTILINE)


def test_a_usual_result_has_a_line_of_figures_and_one_of_intervals_for_each_subject() -> None:
    lines = printed(make_result(REDIS)).splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith(" redis"))
    assert lines[place].split()[:3] == ["redis", "402", "us"]
    assert lines[place + 1].split()[0] == "396-408"


def test_tiers_stand_in_sections_of_their_own() -> None:
    text = printed(durable_result())
    assert text.count("fast tier") == text.count("durable tier") == 2


def test_an_emulator_is_stamped_and_not_ranked() -> None:
    text = " ".join(printed(make_result(REDIS, SQS)).split())
    assert "sqs (ministack)" in text
    assert text.count("emulator:") == text.count("not ranked") == 2


def test_a_failed_subject_says_why_on_the_first_line_of_its_failure() -> None:
    text = " ".join(printed(failed_result()).split())
    assert "failed: rabbitmq-server did not come up within 60 s: look at its log, or set RABBITMQ_URL" in text
    assert "failed: 200 tasks sent, 199 finished" in text
    assert "last line" not in text


def test_a_latency_has_a_line_for_each_place() -> None:
    text = printed(rich_result())
    assert re.search(r"^ redis +[\d.]+ ms +[\d.]+ ms +[\d.]+ ms +900 +1x +\S *$", text, re.MULTILINE)
    assert re.search(r"^ at 50 % \(900/s\) +3\.\d\d-3\.\d\d +\S+-\S+ +\S+-\S+ +891-909 *$", text, re.MULTILINE)


def test_a_void_line_says_so_in_the_place_of_its_ratio() -> None:
    text = printed(rich_result())
    assert re.search(r"^ rabbitmq:durable .* void +\S *$", text, re.MULTILINE)
    assert "91.4 % of the intended rate" not in text  # that is said once, above the details


@pytest.mark.parametrize(
    "row",
    [
        r"redis:durable +at least 549 +none +once +250 ms",
        r"sqs \(ministack\) +none +4 +no +250 ms",
        r"rabbitmq enqueue +32 % \(31 to 33\) +59 % \(57 to 61\) +\S",
        r"redis +8\.02 +4\.1 +1\.39 KiB +898 bytes +320 us +440 us +84 us",
        r"rabbitmq +146 us +244 us +-29\.2 us +203 us +48\.8 us +122 us",
    ],
)
def test_what_is_no_row_of_the_large_table_has_a_small_one(row: str) -> None:
    assert re.search(rf"^ {row} *$", printed(rich_result()), re.MULTILINE)


def test_only_what_was_judged_is_said_below_the_tables() -> None:
    text = " ".join(printed(rich_result()).split())
    assert text.count("; this run could detect") == 21
    assert "on an emulator" not in text


def test_a_result_without_blocks_says_so_for_each_subject() -> None:
    assert printed(warmup_result()).count("no block was measured") == 6


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_terminal_without_unicode_or_colour_gets_plain_ascii(kind: str) -> None:
    raw = io.BytesIO()
    console = Console(width=80, file=io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    print_details(EVERY_KIND[kind](), console)
    assert raw.getvalue().isascii()
    assert b"\x1b" not in raw.getvalue()


def test_what_others_wrote_neither_styles_nor_commands_the_terminal() -> None:
    text = printed(hostile_result(), width=200)
    assert "[red]" in text
    assert not {"\x1b", "\u202e"} & set(text)
