"""The table in the terminal."""

import io
import json
import re
from pathlib import Path

import pytest
from results import (
    EVERY_KIND,
    PASSWORD,
    REDIS,
    SQS,
    durable_result,
    failed_result,
    hostile_result,
    interrupted_result,
    make_environment,
    make_result,
    single_result,
    warmup_result,
)
from rich.console import Console

from bench.records.result import Result
from bench.report.files import write_reports
from bench.report.terminal import print_result


def printed(result: Result, *, width: int = 80, directory: Path | None = None) -> str:
    console = Console(width=width, file=io.StringIO())
    print_result(result, console, directory)
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


def test_an_interrupted_result_says_after_how_many_blocks() -> None:
    assert "interrupted after 10 blocks:" in printed(interrupted_result())


def test_a_result_without_blocks_says_so_for_each_subject() -> None:
    assert printed(warmup_result()).count("no block was measured") == 6


def test_warnings_and_what_the_platform_lacks_are_printed() -> None:
    environment = make_environment(lost_here=["Nothing is pinned here."])
    text = printed(make_result(REDIS, warnings=["The machine is busy."], environment=environment))
    assert "! The machine is busy." in text
    assert "! Nothing is pinned here." in text


def test_only_files_that_are_there_are_named(tmp_path: Path) -> None:
    result = single_result()
    assert "report" not in printed(result, directory=tmp_path)
    write_reports(result, tmp_path)
    lines = printed(result, width=40, directory=tmp_path).splitlines()
    assert [line for line in lines if line.startswith("/")] == [
        str(tmp_path / "report.md"),
        str(tmp_path / "report.html"),
    ]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_terminal_without_unicode_or_colour_gets_plain_ascii(kind: str) -> None:
    raw = io.BytesIO()
    console = Console(width=80, file=io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    print_result(EVERY_KIND[kind](), console, None)
    assert raw.getvalue().isascii()
    assert b"\x1b" not in raw.getvalue()


def test_what_others_wrote_neither_styles_nor_commands_the_terminal() -> None:
    text = printed(hostile_result(), width=200)
    assert "[red]" in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_no_password_is_printed() -> None:
    text = json.dumps([printed(kind(), width=200) for kind in EVERY_KIND.values()])
    assert PASSWORD not in text
