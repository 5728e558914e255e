"""The reports in files: Markdown and HTML."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from results import EVERY_KIND, HOSTILE, PASSWORD, durable_result, hostile_result, make_result, warmup_result

from bench.report.files import write_reports, written_reports
from bench.report.html import html
from bench.report.markdown import markdown

_VOID = {"meta", "link", "br", "hr", "img", "input"}


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

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_page_is_well_formed(kind: str) -> None:
    assert Page(html(EVERY_KIND[kind]())).open == []


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_no_page_asks_anything_of_the_network_or_runs_a_script(kind: str) -> None:
    text = html(EVERY_KIND[kind]())
    page = Page(text)
    assert not {"a", "embed", "iframe", "img", "link", "object", "script"} & set(page.tags)
    assert not {name for name, _ in page.attributes if name in ("href", "src", "srcset") or name.startswith("on")}
    assert not re.search(r"url\(|@import|<script", text)


@pytest.mark.parametrize("write", [html, markdown])
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_no_password_is_written(write: type[str], kind: str) -> None:
    assert PASSWORD not in write(EVERY_KIND[kind]())


def test_hostile_words_are_shown_as_they_are_and_do_nothing() -> None:
    page = Page(html(hostile_result()))
    assert page.tags.count("title") == 1 + page.tags.count("svg")
    shown = HOSTILE.replace("\x1b", "?").replace("\u202e", "?")
    assert shown in page.text


def test_hostile_words_make_no_link_no_code_and_no_html_in_markdown() -> None:
    text = markdown(hostile_result())
    assert "<" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert not re.search(r"(?<!\\)`", text)


def test_every_row_of_a_markdown_table_has_as_many_cells_as_its_head() -> None:
    for kind in EVERY_KIND.values():
        for table in re.findall(r"(?:^\|.*\n)+", markdown(kind()), flags=re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


@pytest.mark.parametrize("write", [html, markdown])
def test_a_report_tells_how_it_was_made(write: type[str]) -> None:
    text = write(durable_result())
    for fact in ("Example CPU", "ministack 1.5.2", "kombu 5.7.0", "seed of the order", "task_acks_late", "6.1.0"):
        assert fact in text
    assert "task_ignore_result" not in text  # the same in every subject


def test_each_metric_has_its_pictures_each_with_its_table() -> None:
    page = Page(html(make_result()))
    assert page.tags.count("svg") == page.tags.count("figure") == page.tags.count("details") == 5
    for words in ("median of one call", "time of a call by percentile", "drift over the run", "tasks a second"):
        assert words in page.text


def test_a_result_without_figures_has_a_page_without_pictures() -> None:
    page = Page(html(warmup_result()))
    assert "svg" not in page.tags
    assert "no block was measured" in page.text


def test_every_colour_of_a_picture_has_a_shape_beside_it() -> None:
    text = html(make_result())
    circle, square = (re.search(rf'd="([^"]+)"[^>]*class="mark s{number}', text) for number in (0, 1))
    assert circle
    assert square
    assert circle[1] != square[1]


def test_write_reports_leaves_the_two_reports_and_nothing_else(tmp_path: Path) -> None:
    result = make_result(blocks=9)
    write_reports(result, tmp_path)
    write_reports(result, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"report.md", "report.html"}
    assert written_reports(tmp_path) == [tmp_path / "report.md", tmp_path / "report.html"]
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html(result)
