"""A matrix in the terminal, as Markdown and as a page."""

import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from matrices import (
    EVERY_MATRIX,
    HOSTILE,
    LABELS,
    PASSWORD,
    explained_matrix,
    failed_matrix,
    hostile_matrix,
    interrupted_matrix,
    make_attempt,
    make_cell,
    make_fault,
    make_matrix,
    six_matrix,
)
from rich.console import Console

from bench.records.matrix import Matrix
from bench.report.guarantees.files import write_reports, written_reports
from bench.report.guarantees.html import html
from bench.report.guarantees.listing import print_faults
from bench.report.guarantees.markdown import markdown
from bench.report.guarantees.terminal import print_matrix

_VOID = {"meta", "br", "hr", "img", "input", "link"}
_SHOWN = HOSTILE.replace("\x1b", "?").replace("\u202e", "?")
Write = Callable[[Matrix], str]


def printed(matrix: Matrix, *, width: int = 80, directory: Path | None = None) -> str:
    console = Console(width=width, file=io.StringIO())
    print_matrix(matrix, console, directory)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def squeezed(text: str) -> str:
    return " ".join(text.split())


class Page(HTMLParser):
    """Reads a page, and fails where a tag is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("kind", EVERY_MATRIX)
@pytest.mark.parametrize("width", [60, 80, 140])
def test_no_line_is_wider_than_the_terminal(kind: str, width: int) -> None:
    lines = printed(EVERY_MATRIX[kind](), width=width).splitlines()
    assert [line for line in lines if len(line) > width] == []


def test_six_subjects_have_room_beside_each_other_in_80_columns() -> None:
    text = printed(six_matrix())
    assert re.search(r"^ task-outlives-\s+(kept\s+){6}$", text, re.MULTILINE)
    assert re.search(r"^  visibility\s+(2 twice,\s+){6}$", text, re.MULTILINE)
    assert re.search(r"^ server-killed-\s+(allowed\s+broken\s+){3}$", text, re.MULTILINE)
    assert text.count("0-17/50") == 6


def test_more_subjects_than_there_is_room_for_have_tables_of_their_own() -> None:
    text = printed(six_matrix(), width=60)
    assert text.count("task-outlives-") == 2
    assert len(re.findall(r"^ fault", text, re.MULTILINE)) == 2


def test_the_answer_stands_first_and_the_versions_above_the_matrix() -> None:
    text = printed(six_matrix())
    assert text.startswith("A promise of the tier was broken in 5 of 26 cells: server-killed-publishing on")
    assert text.index("broken in 5 of 26") < text.index("redis, redis:durable: redis 7.0.15, private\n")
    assert "ministack 1.5.33, private, emulator" in text
    assert text.index("celery 5.7.0, kombu 5.7.0") < text.index("fault")


def test_what_was_found_and_what_was_not_run_is_told_below_once_for_all_subjects_alike() -> None:
    text = squeezed(printed(six_matrix()))
    assert text.count("redis does not speak HTTP") == 1
    assert "http-503-ten-on-receive, redis, redis:durable: not run: redis does not speak HTTP" in text
    assert text.count("it runs 2 times") == 1


def test_only_words_that_are_in_the_matrix_are_in_its_legend() -> None:
    text = squeezed(printed(make_matrix(make_cell())))
    assert "kept: no promise of the tier was broken." in text
    assert "back N s: an open task started again N s after the fault." in text
    for word in ("broken:", "allowed:", "not run:", "twice:", "stopped:"):
        assert word not in text


def test_an_interrupted_matrix_says_how_much_is_missing() -> None:
    assert "! interrupted: 2 of 4 cells have not run" in printed(interrupted_matrix())
    assert "!" not in printed(explained_matrix())


def test_a_subject_without_a_server_says_why() -> None:
    text = squeezed(printed(failed_matrix()))
    assert "rabbitmq: none: rabbitmq-server did not come up within 60 s" in text
    assert "not run: rabbitmq-server did not come up" in text


def test_the_reports_are_named_below_once_they_are_there(tmp_path: Path) -> None:
    matrix = six_matrix()
    write_reports(matrix, tmp_path)
    write_reports(matrix, tmp_path)
    names = ["guarantees.md", "guarantees.html"]
    assert {path.name for path in tmp_path.iterdir()} == {*names}
    assert written_reports(tmp_path) == [tmp_path / name for name in names]
    assert printed(matrix, directory=tmp_path).splitlines()[-1] == str(tmp_path / "guarantees.html")


@pytest.mark.parametrize("write", [html, markdown, printed])
@pytest.mark.parametrize("kind", EVERY_MATRIX)
def test_no_password_is_written(write: Write, kind: str) -> None:
    assert PASSWORD not in write(EVERY_MATRIX[kind]())


@pytest.mark.parametrize("write", [html, markdown])
def test_a_report_has_the_settings_the_timeline_and_the_evidence_of_every_cell(write: Write) -> None:
    text = squeezed(re.sub(r"<[^>]+>|[*|]", " ", write(explained_matrix())))
    for part in (
        "task_acks_late=True, broker_transport_options=visibility_timeout=5",
        "an unacknowledged task comes back after the visibility timeout of 3600 s",
        "attempt 2 of 3, the worst one",
        "the worker is killed with its children (SIGKILL)",
        "task 0 starts again in worker 2, child 1",
        "Task 1 was accepted and never started: it is lost.",
        "2 broken 6 0 0 5 1 1 0 0 0 0 8.2 s 1.31 s",
        "all broken 6 to 9 0 0 5 to 9 0 to 1 0 to 1 0 0 0 0 5.9 to 8.2 s 1.31 s",
    ):
        assert part in text.replace("\N{NO-BREAK SPACE}", " "), part


@pytest.mark.parametrize("write", [html, markdown])
def test_a_report_tells_figures_with_their_units(write: Write) -> None:
    text = squeezed(re.sub(r"<[^>]+>|\|", " ", write(six_matrix())))
    assert "median_s 12.3 ms" in text
    assert "runs 2" in text


@pytest.mark.parametrize("write", [html, markdown])
def test_a_report_tells_where_it_was_made(write: Write) -> None:
    text = write(six_matrix())
    for fact in ("Example CPU", "ministack 1.5.33", "kombu 5.7.0", "6.1.0", "26 run, of 30", "3.10.8"):
        assert fact in text, fact


def test_versions_that_differ_stand_in_a_table() -> None:
    assert "| celery | 5.6.0 | 5.7.0 |" in markdown(failed_matrix())


@pytest.mark.parametrize("kind", EVERY_MATRIX)
def test_every_page_is_well_formed_and_asks_nothing(kind: str) -> None:
    text = html(EVERY_MATRIX[kind]())
    page = Page(text)
    assert page.open == []
    assert not {"embed", "iframe", "img", "link", "object", "script"} & set(page.tags)
    assert not {name for name, _ in page.attributes if name in ("src", "srcset", "style") or name.startswith("on")}
    assert not re.search(r"url\(|@import|<script|https?:", text)


def test_every_cell_of_the_page_leads_to_its_evidence() -> None:
    page = Page(html(six_matrix()))
    links = [value for name, value in page.attributes if name == "href"]
    assert len(links) == len(set(links)) == 30
    assert {*links} <= {f"#{value}" for name, value in page.attributes if name == "id"}


def test_a_cell_that_was_not_run_never_looks_like_one_that_was_kept() -> None:
    (cell,) = set(re.findall(r'<td class="(not-run)"><a href="[^"]+"><b>(.*?)</b></a></td>', html(six_matrix())))
    assert cell == ("not-run", "not run")
    assert "not run yet" in html(interrupted_matrix())


def test_every_outcome_has_a_mark_that_is_no_colour() -> None:
    text = html(six_matrix())
    for outcome in ("kept", "allowed", "broken", "shown", "not-run"):
        assert re.search(rf'\.{outcome} b::before, \.outcome\.{outcome}::before {{ content: "', text)


def test_hostile_words_are_shown_as_they_are_and_do_nothing() -> None:
    page = Page(html(hostile_matrix()))
    assert page.tags.count("title") == 1
    assert _SHOWN in page.text


def test_hostile_words_make_no_link_no_code_and_no_html_in_markdown() -> None:
    text = markdown(hostile_matrix())
    assert "<" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert not re.search(r"(?<!\\)`", text)


def test_every_row_of_a_markdown_table_has_as_many_cells_as_its_head() -> None:
    for kind in EVERY_MATRIX.values():
        for table in re.findall(r"(?:^\|.*\n)+", markdown(kind()), flags=re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


def test_markdown_has_a_row_for_each_fault_under_its_group() -> None:
    text = markdown(six_matrix())
    assert "| Server | server-killed-publishing | allowed: lost 0-17/50 | broken: lost 0-17/50 |" in text
    assert f"|  | fault | {' | '.join(LABELS[:4])} | sqs (ministack) |" in text


def test_the_faults_are_listed_by_group_in_80_columns() -> None:
    console = Console(width=200, file=io.StringIO())
    faults = [make_fault("b", title="Long " * 30), make_fault("a", group="semantics"), make_fault("c")]
    print_faults(faults, ["c"], console)
    assert isinstance(console.file, io.StringIO)
    *lines, legend = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert legend == "* runs with --quick"
    assert [line[:3].strip() for line in lines if line[:2] in ("  ", "* ") and line[2] != " "] == ["b", "* c", "a"]


def test_counts_of_ranges_are_in_the_short_word() -> None:
    cell = make_cell("redis", "worker-killed-late", make_attempt("allowed", lost=[0]), make_attempt())
    assert "lost" in printed(make_matrix(cell))
    assert "0-1/9" in printed(make_matrix(cell))
